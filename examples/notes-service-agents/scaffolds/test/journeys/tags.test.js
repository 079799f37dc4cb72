import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startService } from '../../test-support/service.js';

test('a note is found under its tags, and no longer under those taken away', async (t) => {
  const service = await startService(t);
  const { id } = (await service.call('POST', '/api/notes', { title: 'Plan' })).json;
  const tagged = async (tag) => (await service.call('GET', `/api/tags/${tag}/notes`)).json.notes;
  await service.call('PUT', `/api/notes/${id}/tags`, { tags: ['Work', 'soon'] });
  assert.equal((await tagged('work')).length, 1);
  await service.call('PUT', `/api/notes/${id}/tags`, { tags: ['soon'] });
  assert.equal((await tagged('work')).length, 0);
  assert.equal((await tagged('soon')).length, 1);
});
