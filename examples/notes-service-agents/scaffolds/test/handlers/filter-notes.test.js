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

test('lists the notes that have a tag', async (t) => {
  const notes = [note('a', { tags: ['home'] }), note('b', { tags: ['work', 'home'] }), note('c')];
  const service = await startService(t, { notes });
  const { json } = await service.call('GET', '/api/tags/home/notes');
  assert.deepEqual(json.notes.map(({ id }) => id).sort(), ['a', 'b']);
  assert.deepEqual((await service.call('GET', '/api/tags/none/notes')).json, { notes: [] });
});
