import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { attemptVariables, stopProcessesOf, stopStrays } from '../../src/git/stop-processes-of.ts';
import { tempDir } from '../support/temp-dir.ts';
import { waitFor } from '../support/wait-for.ts';

/** A process in a session of its own, far from any worktree. */
function startAside(env: Record<string, string>) {
  const child = spawn('sleep', ['600'], { cwd: '/', env, detached: true, stdio: 'ignore' });
  const ended = once(child, 'exit');
  const started = async () =>
    (await readFile(`/proc/${child.pid}/environ`, 'utf8').catch(() => '')) !== '';
  return { child, ended, started };
}

test('a process that left its group and session ends with its attempt, and others do not', async () => {
  const attempt = { runId: 'run_1', taskId: 'api', epoch: 1 };
  const PATH = process.env['PATH'] ?? '';
  const own = startAside({ PATH, ...attemptVariables(attempt) });
  const next = startAside({ PATH, ...attemptVariables({ ...attempt, epoch: 11 }) });
  await waitFor(own.started);
  await waitFor(next.started);
  const directory = await tempDir();
  // It was started before that one, so that it cannot be of its making.
  expect(await stopStrays(attempt, next.child.pid as number, 2_000)).toBe(0);
  expect(await stopProcessesOf(attempt, directory)).toBe(1);
  expect((await own.ended)[1]).toBe('SIGTERM');
  expect(await stopProcessesOf(attempt, directory)).toBe(0);
  expect(next.child.exitCode ?? next.child.signalCode).toBeNull();
  next.child.kill('SIGKILL');
  await next.ended;
});
