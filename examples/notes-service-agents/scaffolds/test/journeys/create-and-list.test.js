import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startService } from '../../test-support/service.js';

test('what people write comes back as they wrote it', async (t) => {
  const service = await startService(t);
  const written = { title: 'Größe & 😀', body: 'line one\nline two "quoted"' };
  const { json } = await service.call('POST', '/api/notes', written);
  const { notes } = (await service.call('GET', '/api/notes')).json;
  assert.deepEqual(notes, [json]);
  assert.deepEqual({ title: notes[0].title, body: notes[0].body }, written);
});

test('many people can write at once', async (t) => {
  const service = await startService(t);
  const titles = Array.from({ length: 20 }, (_, index) => `note ${index}`);
  await Promise.all(titles.map((title) => service.call('POST', '/api/notes', { title })));
  const { notes } = (await service.call('GET', '/api/notes')).json;
  assert.deepEqual(notes.map(({ title }) => title).sort(), titles.sort());
  assert.equal(new Set(notes.map(({ id }) => id)).size, 20);
});
