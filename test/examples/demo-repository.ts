import { execFile, spawn } from 'node:child_process';
import { cp, mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { ExecutorInput } from '../../src/agents/executor.ts';
import { executorResultSchema } from '../../src/agents/executor-result.ts';
import { inTurn } from '../../src/git/in-turn.ts';

const runFile = promisify(execFile);
const examples = fileURLToPath(new URL('../../examples/', import.meta.url));
export const serviceFolder = join(examples, 'notes-service');
export const agentsFolder = join(examples, 'notes-service-agents');

// A developer's own git settings must not decide what merges.
const gitEnvironment = {
  ...process.env,
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_SYSTEM: '/dev/null',
  GIT_AUTHOR_NAME: 'Test',
  GIT_AUTHOR_EMAIL: 'test@example.invalid',
  GIT_COMMITTER_NAME: 'Test',
  GIT_COMMITTER_EMAIL: 'test@example.invalid',
};

export async function git(cwd: string, ...args: string[]): Promise<string> {
  const { stdout } = await runFile('git', args, { cwd, env: gitEnvironment });
  return stdout.trim();
}

/** A repository that holds the service as it is before any work, on branch `main`. */
export async function createDemoRepository(folder: string): Promise<string> {
  const repository = join(folder, 'repository');
  await cp(serviceFolder, repository, { recursive: true });
  await git(repository, 'init', '--quiet', '--initial-branch=main');
  await git(repository, 'add', '--all');
  await git(repository, 'commit', '--quiet', '--message=The service before any work');
  return repository;
}

/** Commits what a task left in a worktree of its own; resolves with the branch. */
export async function onBranch(
  repository: string,
  branch: string,
  from: string,
  work: (worktree: string) => Promise<void>,
): Promise<string> {
  const worktree = join(repository, '..', 'worktrees', branch);
  await rm(worktree, { recursive: true, force: true });
  await mkdir(join(worktree, '..'), { recursive: true });
  // One after the other: git fails on the worktree that another git is just making or removing.
  const list = (...args: string[]) =>
    inTurn(repository, () => git(repository, 'worktree', ...args));
  await list('prune');
  await list('add', '--quiet', '-B', branch, worktree, from);
  await work(worktree);
  await git(worktree, 'add', '--all');
  await git(worktree, 'commit', '--quiet', '--allow-empty', `--message=${branch}`);
  await list('remove', worktree);
  return branch;
}

/** Merges a branch into the checked-out one; false, and nothing changed, when git finds conflicts. */
export async function merge(repository: string, branch: string): Promise<boolean> {
  try {
    await git(repository, 'merge', '--quiet', '--no-edit', '--no-ff', branch);
    return true;
  } catch (error) {
    if (!String((error as { stdout?: string }).stdout).includes('CONFLICT')) throw error;
    await git(repository, 'merge', '--abort');
    return false;
  }
}

/** The service's own checks and tests, as `npm test` runs them, without npm's start-up time. */
export async function verify(cwd: string): Promise<{ ok: boolean; output: string }> {
  const manifest = JSON.parse(await readFile(join(cwd, 'package.json'), 'utf8')) as {
    scripts: { test: string };
  };
  let output = '';
  for (const part of manifest.scripts.test.split(' && ')) {
    const [, ...args] = part.split(' ');
    const child = spawn(process.execPath, args, { cwd });
    const [out, err, code] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      new Promise<number | null>((resolve) => child.once('close', resolve)),
    ]);
    output += out + err;
    if (code !== 0) return { ok: false, output };
  }
  return { ok: true, output };
}

/** Runs the agents' program as the command executor does. */
export async function scaffold(
  cwd: string,
  input: Partial<Omit<ExecutorInput, 'task'>> & { task: object },
): Promise<{ code: number | null; output: string; report: unknown }> {
  const resultFile = `${cwd}.result.json`;
  await rm(resultFile, { force: true });
  const child = spawn(process.execPath, [join(agentsFolder, 'agent.mjs'), 'tester'], {
    cwd,
    env: { PATH: process.env.PATH, SCAFFOLD_PACE: '0', AURORA_RESULT_FILE: resultFile },
  });
  child.stdin.end(
    JSON.stringify({ requirements: [], dependencies: [], lessons: [], context: [], ...input }),
  );
  const [out, err, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve) => child.once('close', resolve)),
  ]);
  const report = code === 0 ? executorResultSchema.parse(await readJson(resultFile)) : undefined;
  await rm(resultFile, { force: true });
  return { code, output: out + err, report };
}

const readJson = async (file: string): Promise<unknown> => JSON.parse(await readFile(file, 'utf8'));
