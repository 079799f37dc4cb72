import type { AttemptKey } from '../git/refs.ts';
import type { AttemptFailure } from '../domain/failure.ts';
import { processFailure } from './executors/process-failure.ts';
import { secretValues } from './executors/secret-values.ts';
import type { Confinement } from './confinement/confinement.ts';
import { runConfined } from './confinement/run-confined.ts';

export type VerifyOutcome =
  | { readonly ok: true; readonly outputTail: string }
  | { readonly ok: false; readonly failure: AttemptFailure; readonly outputTail: string };

/**
 * Runs a task's `verify` command in its worktree. Resolves for everything that the command can do;
 * a red check has the class `verify`, and its last output as evidence.
 */
export async function runVerify(options: {
  readonly command: readonly string[];
  /** The one whose work is checked. */
  readonly attempt?: AttemptKey;
  readonly directory: string;
  /** Already scrubbed. */
  readonly env: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly confinement?: Confinement | undefined;
  readonly onOutput: (chunk: string) => void;
}): Promise<VerifyOutcome> {
  const { command, attempt, directory, env, signal, onOutput, confinement } = options;
  const secrets = secretValues(env);
  const outcome = await runConfined({
    ...{ argv: command, cwd: directory, env, attempt, signal, secrets, onOutput, confinement },
  });
  const { outputTail } = outcome;
  const failure = processFailure(command, outcome);
  if (failure === undefined) return { ok: true, outputTail };
  if (outcome.kind === 'exited') {
    const message = `The check \`${command.join(' ')}\` ended with exit code ${outcome.exitCode}.`;
    return { ok: false, failure: { ...failure, class: 'verify', message }, outputTail };
  }
  if (outcome.kind === 'not-started') {
    const message = `The task's verify command cannot be run: ${failure.message}`;
    return { ok: false, failure: { ...failure, message }, outputTail };
  }
  return { ok: false, failure, outputTail };
}
