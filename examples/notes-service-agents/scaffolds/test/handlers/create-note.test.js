import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startService } from '../../test-support/service.js';

test('creates a note', async (t) => {
  const service = await startService(t);
  const { status, json } = await service.call('POST', '/api/notes', {
    title: 'Tea',
    body: 'Green',
  });
  assert.equal(status, 201);
  assert.deepEqual([json.title, json.body, json.tags], ['Tea', 'Green', []]);
  assert.equal((await service.call('GET', '/healthz')).json.notes, 1);
});

for (const body of [{}, { title: '' }, { title: 7 }, { title: 'a', id: 'mine' }]) {
  test(`refuses ${JSON.stringify(body)} and keeps nothing`, async (t) => {
    const service = await startService(t);
    const { status, json } = await service.call('POST', '/api/notes', body);
    assert.equal(status, 400);
    assert.match(json.error, /title|id/);
    assert.equal((await service.call('GET', '/healthz')).json.notes, 0);
  });
}
