import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { scrubEnvironment } from '../agents/executors/scrub-environment.ts';
import { runVerify, type VerifyOutcome } from '../agents/verify.ts';
import { git } from '../git/git.ts';

/** Makes a git repository with one commit from a folder of files. @returns where it is */
export async function makeDemoRepository(template: string, folder: string): Promise<string> {
  await mkdir(path.join(folder, 'repositories'), { recursive: true });
  const repository = await mkdtemp(path.join(folder, 'repositories', 'notes-service-'));
  await cp(template, repository, { recursive: true });
  const run = (...args: string[]) => git(args, { cwd: repository, environment: {} });
  await run('init', '--quiet', '--initial-branch=main');
  await run('add', '--all');
  const author = ['-c', 'user.name=Aurora demo', '-c', 'user.email=demo@localhost'];
  await run(...author, 'commit', '--quiet', '--message', 'The notes service before the run');
  return repository;
}

/** Checks a branch out by itself and runs its own tests, as a person would. */
export async function testBranch(
  repository: string,
  branch: string,
  variables: Readonly<Record<string, string>>,
): Promise<VerifyOutcome> {
  const folder = await mkdtemp(path.join(tmpdir(), 'aurora-demo-'));
  try {
    const directory = path.join(folder, 'checkout');
    const args = ['clone', '--quiet', '--branch', branch, '--', repository, directory];
    await git(args, { cwd: folder, environment: variables });
    return await runVerify({
      command: ['npm', 'test', '--silent'],
      directory,
      env: scrubEnvironment(variables, []),
      signal: AbortSignal.timeout(120_000),
      onOutput: () => undefined,
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
