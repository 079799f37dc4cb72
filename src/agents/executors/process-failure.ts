import { errorCodes } from '../../domain/errors.ts';
import type { AttemptFailure } from '../../domain/failure.ts';
import type { ProcessOutcome } from '../process-group.ts';
import { abortFailure } from './abort-failure.ts';

/** sysexits(3): EX_TEMPFAIL and EX_CONFIG; the command executor's contract. */
export const tryAgainLater = 75;
const willNeverWork = 78;

/** What a program's end means for the attempt; undefined for exit code 0. */
export function processFailure(
  argv: readonly string[],
  outcome: ProcessOutcome,
): AttemptFailure | undefined {
  const failure = classify(argv, outcome);
  if (failure === undefined || outcome.outputTail === '') return failure;
  return { ...failure, evidence: outcome.outputTail };
}

function classify(
  [program = '']: readonly string[],
  outcome: ProcessOutcome,
): AttemptFailure | undefined {
  switch (outcome.kind) {
    case 'exited':
      return exitFailure(program, outcome.exitCode);
    case 'killed':
      return { class: 'error', message: `\`${program}\` was killed by ${outcome.signal}.` };
    case 'out-of-memory': {
      const { used, limit } = outcome;
      const message = `\`${program}\` and what it has started have used ${inMegabytes(used)} of memory, of which they may use ${inMegabytes(limit)} (maxMemory of the agent).`;
      return { class: 'error', message };
    }
    case 'aborted':
      return abortFailure(outcome.reason);
    case 'lost':
      return { class: 'transient', message: `\`${program}\` was lost: ${outcome.message}` };
    case 'not-started':
      return startFailure(program, outcome);
  }
}

const inMegabytes = (bytes: number) => `${Math.round(bytes / 2 ** 20)} MB`;

function exitFailure(program: string, exitCode: number): AttemptFailure | undefined {
  if (exitCode === 0) return undefined;
  const message = `\`${program}\` ended with exit code ${exitCode}`;
  if (exitCode === tryAgainLater) {
    return { class: 'transient', exitCode, message: `${message}: try again later.` };
  }
  if (exitCode === willNeverWork) {
    return { class: 'permanent', exitCode, message: `${message}: it will never work.` };
  }
  return { class: 'error', exitCode, message: `${message}.` };
}

function startFailure(
  program: string,
  { problem, message }: Extract<ProcessOutcome, { kind: 'not-started' }>,
): AttemptFailure {
  switch (problem) {
    case 'not-found':
    case 'not-executable': {
      const why = problem === 'not-found' ? 'there is no such program' : 'it is not executable';
      return {
        class: 'permanent',
        message: `command-not-found: \`${program}\` cannot be run, ${why}. ${errorCodes['command-not-found'].remedy}`,
      };
    }
    case 'too-large':
      return {
        class: 'permanent',
        message: `\`${program}\` cannot be run: its arguments are too large for the system. Use {promptFile} instead of {prompt}.`,
      };
    case 'not-confined':
      return {
        class: 'permanent',
        message: `sandbox-unavailable: \`${program}\` cannot be confined: ${message}. ${errorCodes['sandbox-unavailable'].remedy}`,
      };
    case 'no-directory':
      return { class: 'error', message: `\`${program}\` cannot be run: its folder is gone.` };
    case 'other':
      // Out of processes, files or memory: passes.
      return { class: 'transient', message: `\`${program}\` cannot be run: ${message}` };
  }
}
