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

test('deletes a note, once', async (t) => {
  const service = await startService(t, { notes: [note('a'), note('b')] });
  assert.equal((await service.call('DELETE', '/api/notes/a')).status, 204);
  assert.equal((await service.call('GET', '/healthz')).json.notes, 1);
  assert.equal((await service.call('DELETE', '/api/notes/a')).status, 404);
});
