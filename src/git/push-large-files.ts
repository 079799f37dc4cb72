import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { inMirror } from './mirror.ts';
import type { Worktree } from './worktree.ts';

/**
 * Uploads what Git LFS keeps beside a worktree's commits, as its own hook would do (no hooks run here): the
 * commits hold pointers alone, and nobody else could check them out. Where it goes is what the project
 * said before the agent came.
 *
 * @param ref in origin that is to hold the commit
 * @throws AuroraError `git-failed`, `repository-unavailable`
 */
export async function pushLargeFiles(
  { mirror, base }: Worktree,
  { commit, ref, signal }: { commit: string; ref: string; signal: AbortSignal | undefined },
): Promise<void> {
  // Its filter puts every file here before there is a pointer.
  if (!existsSync(join(mirror.directory, 'lfs', 'objects'))) return;
  const read = [
    'config',
    '--blob',
    `${base}:.lfsconfig`,
    '--get-regexp',
    String.raw`^lfs\.(push)?url$`,
  ];
  const { stdout } = await inMirror(mirror, read, { exitCodes: [0, 1, 128], signal });
  const settings = [
    `remote.origin.pushurl=${mirror.url}`,
    ...stdout.split('\n').flatMap((line) => (line === '' ? [] : [line.replace(' ', '=')])),
  ].flatMap((entry) => ['-c', entry]);
  const input = `${commit} ${commit} ${ref} ${'0'.repeat(commit.length)}\n`;
  await inMirror(mirror, [...settings, 'lfs', 'pre-push', 'origin', mirror.url], { input, signal });
}
