import { spawn } from 'node:child_process';
import { access, mkdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { removeAbandoned } from '../../src/git/locks.ts';
import { fetchMirror, inMirror } from '../../src/git/mirror.ts';
import { createWorktree } from '../../src/git/worktree.ts';
import { tempDir } from '../support/temp-dir.ts';
import { makeProject } from './repositories.ts';

async function lockOfAge(path: string, milliseconds: number): Promise<void> {
  await writeFile(path, '');
  const then = new Date(Date.now() - milliseconds);
  await utimes(path, then, then);
}

/** A git that waits for input until the test is over, by its id. */
async function startGit(...args: string[]): Promise<number> {
  const living = spawn('git', args, { stdio: ['pipe', 'ignore', 'ignore'] });
  onTestFinished(() => void living.kill());
  await new Promise((resolve, reject) => living.once('spawn', resolve).once('error', reject));
  return living.pid as number;
}

test('a young lock is left alone, one of a dead process is removed', async () => {
  const lock = join(await tempDir(), 'index.lock');
  await lockOfAge(lock, 0);
  expect(await removeAbandoned(lock)).toBe(false);
  await lockOfAge(lock, 60 * 60_000);
  expect(await removeAbandoned(lock)).toBe(true);
  await expect(access(lock)).rejects.toThrow('ENOENT');
  expect(await removeAbandoned(lock)).toBe(true);
});

test.runIf(process.platform === 'linux')('a living git may own a lock made after it', async () => {
  const lock = join(await tempDir(), 'x.lock');
  const living = await startGit('hash-object', '--stdin');
  // It started after this lock was made, hence cannot have made it.
  await lockOfAge(lock, 60_000);
  expect(await removeAbandoned(lock, lock, [living])).toBe(true);

  // A minute later, the lock of a git that has been there before.
  await lockOfAge(lock, 0);
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_000 });
  onTestFinished(() => void vi.useRealTimers());
  expect(await removeAbandoned(lock, lock, [living])).toBe(false);
  // It is not a daemon's, however long that has run.
  const daemon = await startGit('daemon', '--inetd');
  expect(await removeAbandoned(lock, lock, [daemon])).toBe(true);
});

test('a worktree that a killed git half made does not break the mirror', async () => {
  const { mirror, head, worktrees } = await makeProject();
  const record = join(mirror.directory, 'worktrees', 'half');
  await mkdir(record, { recursive: true });
  await writeFile(join(record, 'gitdir'), `${worktrees}/half/.git\n`);
  await writeFile(join(record, 'HEAD'), `${head}\n`);
  await lockOfAge(join(record, 'commondir'), 3_600_000);
  await fetchMirror(mirror);
  await createWorktree(mirror, { directory: join(worktrees, 'next'), commit: head });
  await expect(access(record)).rejects.toThrow('ENOENT');
});

test('a mirror whose git was killed works on', async () => {
  const { mirror, head } = await makeProject();
  for (const lock of ['config.lock', 'packed-refs.lock', 'refs/mark.lock']) {
    await lockOfAge(join(mirror.directory, lock), 3_600_000);
  }
  await inMirror(mirror, ['config', 'aurora.mark', '1']);
  await inMirror(mirror, ['update-ref', 'refs/mark', head]);
  await inMirror(mirror, ['pack-refs', '--all']);
  const { stdout } = await inMirror(mirror, ['rev-parse', 'refs/mark']);
  expect(stdout.trim()).toBe(head);
});
