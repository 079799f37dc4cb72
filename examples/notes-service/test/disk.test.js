import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createSaver, loadJson } from '../src/disk.js';

async function temporaryFolder(t) {
  const folder = await mkdtemp(join(tmpdir(), 'notes-disk-'));
  t.after(() => rm(folder, { recursive: true }));
  return folder;
}

test('keeps the last of several saves and leaves no other file', async (t) => {
  const folder = await temporaryFolder(t);
  const value = { count: 0 };
  const save = createSaver(join(folder, 'a.json'), value);
  const saves = [1, 2, 3].map((count) => {
    value.count = count;
    return save();
  });
  await Promise.all(saves);
  assert.deepEqual(await loadJson(join(folder, 'a.json')), { count: 3 });
  assert.deepEqual(await readdir(folder), ['a.json']);
});

test('refuses to start over a damaged file', async (t) => {
  const file = join(await temporaryFolder(t), 'a.json');
  await writeFile(file, '{');
  await assert.rejects(loadJson(file, {}), /is not valid JSON/);
});
