import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { AuroraError } from '../../domain/errors.ts';

/**
 * Starts a program of the embedded Postgres and waits until the system has accepted it.
 *
 * @throws AuroraError `embedded-postgres-failed` when the system refuses to run it.
 */
export async function startProgram(
  program: string,
  args: readonly string[],
  options: SpawnOptions,
): Promise<ChildProcess> {
  try {
    // Some refusals are thrown, others come as an event.
    const child = spawn(program, args, options);
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    return child;
  } catch (error) {
    throw refusal(program, error as NodeJS.ErrnoException);
  }
}

function refusal(program: string, cause: NodeJS.ErrnoException): AuroraError {
  const hint =
    cause.code === 'ENOENT'
      ? 'This system cannot run it (it needs glibc, which Alpine lacks, for one).'
      : 'The system refused it (a noexec mount, or no right to change the user, for example).';
  return new AuroraError(
    'embedded-postgres-failed',
    `${program} could not be started: ${cause.message}. ${hint} Set DATABASE_URL to a Postgres of ` +
      'yours, or start Aurora as an ordinary user.',
    { cause },
  );
}
