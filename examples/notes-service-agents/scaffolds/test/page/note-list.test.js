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

test('shows title and text of every note', async (t) => {
  const service = await startService(t, { notes: [note('a'), note('b')] });
  const page = await service.page();
  for (const text of ['Title a', 'Body a', 'Title b', 'Body b']) assert.ok(page.includes(text));
});

test('says when there are none', async (t) => {
  const service = await startService(t);
  assert.match(await service.page(), /No notes\./);
});
