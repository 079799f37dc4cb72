import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startService } from '../../test-support/service.js';

test('a note is found as soon as it is written, and by no other word', async (t) => {
  const service = await startService(t);
  await service.call('POST', '/api/notes', { title: 'Shopping', body: 'Milk (2 l)' });
  const found = async (word) =>
    (await service.call('GET', `/api/notes/search?word=${encodeURIComponent(word)}`)).json.notes;
  assert.equal((await found('(2')).length, 1);
  assert.equal((await found('shop')).length, 1);
  assert.equal((await found('bread')).length, 0);
});
