import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startService } from '../../test-support/service.js';

const max = __TITLE_MAX__;

test(`takes a title of ${max} characters`, async (t) => {
  const service = await startService(t);
  const title = 'é'.repeat(max);
  assert.equal((await service.call('POST', '/api/notes', { title })).status, 201);
});

test('refuses a longer one with a clear message', async (t) => {
  const service = await startService(t);
  const { status, json } = await service.call('POST', '/api/notes', { title: 'é'.repeat(max + 1) });
  assert.equal(status, 400);
  assert.equal(json.error, `title must be at most ${max} characters long; it has ${max + 1}`);
  assert.equal((await service.call('GET', '/healthz')).json.notes, 0);
});
