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

const notes = ['old', 'middle', 'new'].map((id, index) =>
  note(id, { createdAt: `2024-01-0${index + 1}T00:00:00.000Z` }),
);

test('the list has the newest note first', async (t) => {
  const service = await startService(t, { notes });
  const { json } = await service.call('GET', '/api/notes');
  assert.deepEqual(
    json.notes.map(({ id }) => id),
    ['new', 'middle', 'old'],
  );
});

test('the page shows the newest note first', async (t) => {
  const service = await startService(t, { notes });
  const page = await service.page();
  const places = ['new', 'middle', 'old'].map((id) => page.indexOf(`Title ${id}`));
  assert.ok(places[0] > 0);
  assert.deepEqual(
    places,
    [...places].sort((a, b) => a - b),
  );
});
