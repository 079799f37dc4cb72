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

test('offers every tag and shows only the notes of the chosen one', async (t) => {
  const notes = [note('a', { tags: ['home'] }), note('b', { tags: ['work'] })];
  const service = await startService(t, { notes });
  const all = await service.page();
  assert.ok(all.includes('/?tag=home') && all.includes('/?tag=work'));
  const chosen = await service.page('?tag=home');
  assert.ok(chosen.includes('Title a'));
  assert.ok(!chosen.includes('Title b'));
});
