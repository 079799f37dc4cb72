import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../../src/main.js', import.meta.url));

async function startProcess(file) {
  const env = { ...process.env, PORT: '0', NOTES_FILE: file };
  const child = spawn(process.execPath, [main], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(child.stdout, 'data');
  return { child, url: /http\S+/.exec(String(line))[0] };
}

async function kill({ child }) {
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

test('a note is still there after the process was killed and started again', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'notes-restart-'));
  t.after(() => rm(folder, { recursive: true }));
  const file = join(folder, 'notes.json');

  const first = await startProcess(file);
  const answer = await fetch(`${first.url}/api/notes`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ title: 'Kept', body: 'across restarts' }),
  });
  const note = await answer.json();
  await kill(first);

  const second = await startProcess(file);
  const { notes } = await (await fetch(`${second.url}/api/notes`)).json();
  await kill(second);
  assert.deepEqual(notes, [note]);
});
