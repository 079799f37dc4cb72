import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startService } from '../../test-support/service.js';

test('shows the page, with scripts of our own only', async (t) => {
  const service = await startService(t);
  const response = await fetch(service.url, { headers: { connection: 'close' } });
  assert.equal(response.status, 200);
  assert.match(response.headers.get('content-security-policy'), /default-src 'self'/);
  assert.match(await response.text(), /<h1>Notes<\/h1>/);
});

test('serves the files of the page', async (t) => {
  const service = await startService(t);
  for (const path of ['/app.js', '/style.css']) {
    const response = await fetch(service.url + path, { headers: { connection: 'close' } });
    assert.equal(response.status, 200);
    assert.notEqual(await response.text(), '');
  }
});
