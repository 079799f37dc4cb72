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

test('every note shows its tags and lets people change them', async (t) => {
  const service = await startService(t, { notes: [note('a', { tags: ['home', 'x'] })] });
  const page = await service.page();
  assert.match(page, /data-api="\/api\/notes\/a\/tags" data-method="PUT"/);
  assert.match(page, /value="home, x"/);
});
