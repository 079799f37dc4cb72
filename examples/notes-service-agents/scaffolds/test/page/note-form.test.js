import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startService } from '../../test-support/service.js';

test('offers a form for a new note', async (t) => {
  const service = await startService(t);
  const page = await service.page();
  assert.match(page, /<form data-api="\/api\/notes">/);
  assert.match(page, /<input\s+name="title"/);
  assert.match(page, /<textarea name="body"/);
});
