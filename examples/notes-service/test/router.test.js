import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startService } from '../test-support/service.js';

test('says that there is nothing at an unknown path', async (t) => {
  const service = await startService(t);
  assert.deepEqual(await service.call('GET', '/nowhere'), {
    status: 404,
    json: { error: 'there is nothing at /nowhere' },
  });
});

test('refuses a method that a path does not have', async (t) => {
  const service = await startService(t);
  assert.equal((await service.call('DELETE', '/healthz')).status, 405);
});
