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

test('shows only notes with the word, and the word itself', async (t) => {
  const service = await startService(t, { notes: [note('a'), note('b')] });
  const page = await service.page('?word=body+B');
  assert.ok(page.includes('Title b'));
  assert.ok(!page.includes('Title a'));
  assert.match(page, /value="body B"/);
});
