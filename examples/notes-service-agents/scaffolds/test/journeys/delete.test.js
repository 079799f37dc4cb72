import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startService } from '../../test-support/service.js';

test('a deleted note is gone, and only that one', async (t) => {
  const service = await startService(t);
  const first = (await service.call('POST', '/api/notes', { title: 'first' })).json;
  await service.call('POST', '/api/notes', { title: 'second' });
  await service.call('DELETE', `/api/notes/${first.id}`);
  const { notes } = (await service.call('GET', '/api/notes')).json;
  assert.deepEqual(
    notes.map(({ title }) => title),
    ['second'],
  );
});
