import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import type { ChaosPlan } from './chaos-plan.ts';

const run = promisify(execFile);

/** A repository with one commit, which holds the files that tasks of the plan share. */
export async function makeRepository(directory: string, plan: ChaosPlan): Promise<string> {
  await mkdir(directory, { recursive: true });
  const shared = plan.tasks.flatMap(({ conduct }) => conduct.shared ?? []);
  for (const name of new Set(['README.md', ...shared])) {
    await writeFile(path.join(directory, name), `${name}\n`);
  }
  const git = (...args: string[]) =>
    run('git', ['-c', 'user.name=Chaos', '-c', 'user.email=chaos@localhost', ...args], {
      cwd: directory,
    });
  await git('init', '--quiet', '--initial-branch=main');
  await git('add', '--all');
  await git('commit', '--quiet', '--message', 'First');
  return directory;
}
