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

test('lists all notes', async (t) => {
  const service = await startService(t, { notes: [note('a'), note('b')] });
  const { status, json } = await service.call('GET', '/api/notes');
  assert.equal(status, 200);
  assert.deepEqual(json.notes.map(({ id }) => id).sort(), ['a', 'b']);
});
