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

test('every note has a button that deletes it', async (t) => {
  const service = await startService(t, { notes: [note('a')] });
  assert.match(await service.page(), /data-api="\/api\/notes\/a" data-method="DELETE"/);
});
