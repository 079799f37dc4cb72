import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { AuroraError } from '../domain/errors.ts';
import { inMirror } from './mirror.ts';
import { pushLargeFiles } from './push-large-files.ts';
import { refuseSubmoduleWork } from './submodule-work.ts';
import { assertIntact, inWorktree, type Worktree } from './worktree.ts';

export interface SavedWork {
  /** The commit that holds the attempt's work; the base when nothing changed. */
  readonly commit: string;
  readonly changed: boolean;
}

interface SaveOptions {
  readonly message: string;
  /** Where to keep it in origin, see `workRef`. */
  readonly ref: string;
  readonly signal?: AbortSignal;
}

/**
 * Commits all that is in the worktree (new files too, except ignored ones) on top of the agent's own
 * commits, and pushes it to `ref` in origin.
 *
 * @throws AuroraError `worktree-damaged`, `git-failed`, `disk-full`
 */
export async function saveWork(worktree: Worktree, options: SaveOptions): Promise<SavedWork> {
  await assertIntact(worktree);
  return saveFiles(worktree, options);
}

/** Saves what is in the folder even when its `.git` file is not ours any more. */
export async function saveFiles(worktree: Worktree, options: SaveOptions): Promise<SavedWork> {
  const { mirror, base } = worktree;
  const { message, ref, signal } = options;
  const submodules = await stageAll(worktree, signal);
  const staged = await inWorktree(worktree, ['diff', '--cached', '--quiet'], {
    exitCodes: [0, 1],
    signal,
  });
  // A merge that changes nothing is still a decision.
  if (staged.exitCode === 1 || existsSync(join(worktree.administration, 'MERGE_HEAD'))) {
    const args = ['commit', '--quiet', '--no-verify', '--cleanup=whitespace', '--file=-'];
    await inWorktree(worktree, args, { input: message, signal });
  }
  const commit = (await inWorktree(worktree, ['rev-parse', 'HEAD^{commit}'])).stdout.trim();
  if (commit === base) {
    await refuseSubmoduleWork(worktree, commit, submodules, signal);
    return { commit, changed: false };
  }
  await pushLargeFiles(worktree, { commit, ref, signal });
  // Pushed before anything is refused, so that no part is lost.
  await inMirror(mirror, ['push', '--quiet', mirror.url, `+${commit}:${ref}`], { signal });
  await inMirror(mirror, ['update-ref', ref, commit]);
  const added = await refuseEmbedded(worktree, commit);
  await refuseSubmoduleWork(worktree, commit, [...submodules, ...added], signal);
  return { commit, changed: true };
}

/**
 * Stages everything. Of submodules only the commit: `git add` would look for changes inside of those that
 * it knows, by filters that their configuration names, which is the agent's.
 *
 * @returns the paths of submodules
 */
async function stageAll(
  worktree: Worktree,
  signal: AbortSignal | undefined,
): Promise<readonly string[]> {
  const encoding = 'latin1'; // Names may be no UTF-8.
  const { stdout } = await inWorktree(worktree, ['ls-files', '--stage', '-z'], {
    ...{ signal, encoding },
  });
  const known = stdout.split('\0').filter((line) => line.startsWith('160000 '));
  const links = [...new Set(known.map((line) => line.slice(line.indexOf('\t') + 1)))];
  const others = ['.', ...links.map((path) => `:(exclude,top,literal)${path}`)].join('\0');
  const fromInput = ['--pathspec-from-file=-', '--pathspec-file-nul'];
  await inWorktree(worktree, ['add', '--all', ...fromInput], { signal, encoding, input: others });
  if (links.length === 0) return [];
  const input = links.join('\0');
  await inWorktree(worktree, ['update-index', '--remove', '-z', '--stdin'], {
    signal,
    encoding,
    input,
  });
  return links.map((path) => Buffer.from(path, encoding).toString());
}

/**
 * A repository inside the worktree is only a number to git: its files would not be in the commit.
 *
 * @returns the submodules that are new in it
 */
async function refuseEmbedded(worktree: Worktree, commit: string): Promise<readonly string[]> {
  const range = [worktree.base, commit];
  const { stdout } = await inWorktree(worktree, ['diff-tree', '-r', '-z', ...range]);
  const fields = stdout.split('\0');
  const links: string[] = [];
  for (let i = 0; i + 1 < fields.length; i += 2) {
    const [oldMode, newMode] = (fields[i] ?? '').split(' ');
    if (newMode === '160000' && oldMode !== ':160000') links.push(fields[i + 1] as string);
  }
  if (links.length === 0) return [];
  const known = await inWorktree(
    worktree,
    ['config', '--blob', `${commit}:.gitmodules`, '--get-regexp', '\\.path$'],
    { exitCodes: [0, 1, 128] },
  );
  const submodules = new Set(known.stdout.split('\n').map((line) => line.replace(/^\S+ /, '')));
  const embedded = links.filter((path) => !submodules.has(path));
  if (embedded.length === 0) return links;
  throw new AuroraError(
    'worktree-damaged',
    `The worktree holds repositories of its own, whose files cannot be committed: ${embedded.slice(0, 5).join(', ')}. Remove the .git folder in each, or add it as a submodule.`,
  );
}
