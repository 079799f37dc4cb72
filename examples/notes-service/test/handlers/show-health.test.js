import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startService } from '../../test-support/service.js';

test('says that it is alive and how many notes it keeps', async (t) => {
  const service = await startService(t);
  assert.deepEqual(await service.call('GET', '/healthz'), {
    status: 200,
    json: { status: 'ok', notes: 0 },
  });
});
