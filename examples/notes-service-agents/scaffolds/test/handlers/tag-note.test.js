import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startService } from '../../test-support/service.js';

const note = (id, more) => ({
  id,
  title: `Title ${id}`,
  body: `Body ${id}`,
  tags: [],
  createdAt: '2024-01-01T00:00:00.000Z',
  ...more,
});

test('replaces the tags of a note', async (t) => {
  const service = await startService(t, { notes: [note('a', { tags: ['old'] })] });
  const { status, json } = await service.call('PUT', '/api/notes/a/tags', { tags: ['Home', 'x'] });
  assert.equal(status, 200);
  assert.deepEqual(json.tags, ['home', 'x']);
});

test('refuses what is not a list of texts, and a note that is not there', async (t) => {
  const service = await startService(t, { notes: [note('a')] });
  assert.equal((await service.call('PUT', '/api/notes/a/tags', { tags: 'x' })).status, 400);
  assert.equal((await service.call('PUT', '/api/notes/b/tags', { tags: ['x'] })).status, 404);
});
