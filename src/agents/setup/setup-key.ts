import { createHash } from 'node:crypto';
import { arch, platform } from 'node:os';
import type { Setup } from '../../domain/project-settings.ts';
import { OutOfBounds, type WorktreeFiles } from '../files/worktree-files.ts';

/** What says which packages a project needs, in the ways of many languages. */
const manifests = [
  ...['package.json', 'package-lock.json', 'npm-shrinkwrap.json', '.npmrc', 'pnpm-lock.yaml'],
  ...['pnpm-workspace.yaml', 'yarn.lock', '.yarnrc.yml', 'bun.lock'],
  ...['requirements.txt', 'pyproject.toml', 'poetry.lock', 'uv.lock', 'Pipfile.lock'],
  ...['Gemfile', 'Gemfile.lock', 'composer.json', 'composer.lock', 'go.mod', 'go.sum'],
  ...['Cargo.toml', 'Cargo.lock', 'mix.lock', 'deno.lock'],
];
const largestFile = 64 * 1024 * 1024;

/** Equal for worktrees for which the command makes the same: by command, machine, and the files. */
export async function setupKey(
  { command, files }: Setup,
  worktree: WorktreeFiles,
): Promise<string> {
  const contents = await Promise.all(
    (files ?? manifests).map(async (name) => [name, await digest(worktree, name)]),
  );
  return hash(JSON.stringify([command, platform(), arch(), process.version, contents]));
}

/** Null for a file that is not there. */
async function digest(worktree: WorktreeFiles, name: string): Promise<string | null> {
  try {
    return hash((await worktree.read(name, largestFile)).bytes);
  } catch (error) {
    if (error instanceof OutOfBounds) return null;
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

const hash = (content: string | Buffer) => createHash('sha256').update(content).digest('hex');
