import type { AttemptFailure } from '../../domain/failure.ts';
import type { Setup } from '../../domain/project-settings.ts';
import { git } from '../../git/git.ts';
import type { Environment } from '../../git/git-environment.ts';
import { inTurn } from '../../git/in-turn.ts';
import type { AttemptKey } from '../../git/refs.ts';
import { runConfined } from '../confinement/run-confined.ts';
import { processFailure } from '../executors/process-failure.ts';
import { secretValues } from '../executors/secret-values.ts';
import { openWorktreeFiles } from '../files/worktree-files.ts';
import type { Reach } from '../reach.ts';
import type { SetupCache } from './setup-cache.ts';
import { setupKey } from './setup-key.ts';

export interface SetupOptions {
  readonly setup: Setup;
  readonly cache: SetupCache;
  /** A fresh checkout in which nobody has worked yet. */
  readonly directory: string;
  readonly attempt: AttemptKey;
  readonly reach: Reach;
  /** For git. */
  readonly environment: Environment;
  /**
   * Whether what is made may serve others: not for work that nobody has merged yet, whose scripts
   * the command may run.
   */
  readonly mayKeep: boolean;
  readonly signal: AbortSignal;
  readonly onOutput: (chunk: string) => void;
}

/**
 * Makes a worktree ready for work: by what the project's set-up command has made for another one of
 * the same lock files, else by running it. What it makes is what git ignores.
 *
 * @returns why it is not ready, or null
 */
export async function setUpWorktree(options: SetupOptions): Promise<AttemptFailure | null> {
  const { setup, cache, directory, mayKeep } = options;
  const key = await setupKey(setup, await openWorktreeFiles(directory));
  if (await cache.take(key, directory)) return null;
  if (!mayKeep) return runSetup(options);
  // The others of this process wait for the first; other processes may make the same at once.
  return inTurn(`set-up ${key}`, async () => {
    if (await cache.take(key, directory)) return null;
    const failure = await runSetup(options);
    if (failure !== null) return failure;
    await cache.keep(key, directory, await ignoredFiles(options));
    return null;
  });
}

async function runSetup(options: SetupOptions): Promise<AttemptFailure | null> {
  const { setup, directory, attempt, reach, signal, onOutput } = options;
  const { command } = setup;
  const words = command.join(' ');
  onOutput(`$ ${words}\n`);
  const secrets = secretValues(reach.env);
  const started = { argv: command, cwd: directory, ...reach, attempt, signal, secrets, onOutput };
  const failure = processFailure(command, await runConfined(started));
  if (failure === undefined) return null;
  return {
    ...failure,
    message: `The project's set-up command \`${words}\` failed: ${failure.message}`,
  };
}

async function ignoredFiles({ directory, environment }: SetupOptions): Promise<string[]> {
  const args = ['ls-files', '--others', '--ignored', '--exclude-standard', '--directory', '-z'];
  const { stdout } = await git(args, { cwd: directory, environment });
  return stdout.split('\0').filter((name) => name !== '');
}
