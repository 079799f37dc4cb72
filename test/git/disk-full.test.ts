import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openMirror } from '../../src/git/mirror.ts';
import { saveWork } from '../../src/git/save-work.ts';
import { createWorktree } from '../../src/git/worktree.ts';
import { tempDir } from '../support/temp-dir.ts';
import { environment, makeProject, makeRepository } from './repositories.ts';

/** A folder on a file system of 2 MB; undefined where this user may not mount one. */
async function smallDisk(): Promise<string | undefined> {
  const folder = await tempDir();
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', folder], { stdio: 'ignore' });
  } catch {
    return undefined;
  }
  onTestFinished(() => void execFileSync('umount', ['--lazy', folder]));
  return folder;
}

const incompressible = () =>
  Array.from({ length: 250_000 }, () => Math.random().toString(36)).join('\n');
const diskFull = expect.objectContaining({ code: 'disk-full' });

test('a disk too small for the worktree, for the work, for the mirror', async (context) => {
  const disk = await smallDisk();
  if (disk === undefined) context.skip('this user may not mount a small file system');
  const project = await makeProject({ 'large.txt': incompressible() });
  const directory = join(disk as string, 'run1', 'api-1');
  const create = createWorktree(project.mirror, { directory, commit: project.head });
  await expect(create).rejects.toThrow(diskFull);

  const url = (await makeRepository()).directory;
  const mirror = await openMirror({ url, directory: join(disk as string, 'small'), environment });
  const commit = (await makeHead(url)).trim();
  const outside = join(await tempDir(), 'run1', 'api-1');
  const worktree = await createWorktree(mirror, { directory: outside, commit });
  writeFileSync(join(outside, 'large.txt'), incompressible());
  const ref = 'refs/aurora/run1/api/1';
  await expect(saveWork(worktree, { message: 'x', ref })).rejects.toThrow(diskFull);
  // The work is still there, and saved once there is space.
  execFileSync('mount', ['-o', 'remount,size=64m', disk as string]);
  expect(await saveWork(worktree, { message: 'x', ref })).toMatchObject({ changed: true });

  const full = await smallDisk();
  const another = join(full as string, 'mirror');
  const open = openMirror({ url: project.origin, directory: another, environment });
  await expect(open).rejects.toThrow(diskFull);
});

const makeHead = (directory: string) =>
  Promise.resolve(execFileSync('git', ['rev-parse', 'HEAD'], { cwd: directory, encoding: 'utf8' }));
