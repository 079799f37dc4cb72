import { tmpdir } from 'node:os';
import { AuroraError } from '../domain/errors.ts';
import type { Environment } from './git-environment.ts';
import { git } from './git.ts';

/** @throws AuroraError `request-invalid` unless git takes it as the name of a branch */
export async function assertBranchName(name: string, environment: Environment): Promise<void> {
  // `@` is HEAD by another name, which git lets pass.
  // As a branch: it also has to differ from `HEAD` and from options. It needs no repository.
  const args = ['check-ref-format', '--branch', name];
  const { exitCode } = await git(args, { cwd: tmpdir(), environment, exitCodes: [0, 1, 128] });
  if (exitCode === 0 && name !== '@') return;
  throw new AuroraError('request-invalid', `"${name}" cannot be the name of a branch.`);
}
