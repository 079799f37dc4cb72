import { tmpdir } from 'node:os';
import { AuroraError } from '../domain/errors.ts';
import type { Environment } from './git-environment.ts';
import { git } from './git.ts';
import { branchRef } from './refs.ts';

/** @throws AuroraError `request-invalid` unless git takes it as the name of a branch */
export async function assertBranchName(name: string, environment: Environment): Promise<void> {
  const args = ['check-ref-format', branchRef(name)];
  // It needs no repository.
  const { exitCode } = await git(args, { cwd: tmpdir(), environment, exitCodes: [0, 1] });
  if (exitCode === 0) return;
  throw new AuroraError('request-invalid', `"${name}" cannot be the name of a branch.`);
}
