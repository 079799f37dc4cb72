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

test('finds a word in titles and bodies, whatever its case', async (t) => {
  const notes = [note('a', { title: 'TEA' }), note('b', { body: 'more tea' }), note('c')];
  const service = await startService(t, { notes });
  const { json } = await service.call('GET', '/api/notes/search?word=Tea');
  assert.deepEqual(json.notes.map(({ id }) => id).sort(), ['a', 'b']);
});

test('asks for a word', async (t) => {
  const service = await startService(t);
  assert.equal((await service.call('GET', '/api/notes/search?word=%20')).status, 400);
});
