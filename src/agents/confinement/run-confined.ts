import {
  type ProcessGroupOptions,
  type ProcessOutcome,
  runProcessGroup,
} from '../process-group.ts';
import type { AttemptKey } from '../../git/refs.ts';
import { bubblewrapArgv } from './bubblewrap.ts';
import type { Confinement } from './confinement.ts';
import { containerName } from './docker.ts';
import type { SandboxPlace } from './mounts.ts';
import { runInContainer } from './run-in-container.ts';

export type ConfinedOptions = ProcessGroupOptions &
  Partial<Pick<SandboxPlace, 'writable' | 'state'>> & {
    /** Undefined lets it reach all that its user reaches. */
    readonly confinement: Confinement | undefined;
    /** Whose it is where that is not told to the program: nobody's container would be left for ever. */
    readonly owner?: AttemptKey | undefined;
  };

/** Like `runProcessGroup`, with no further reach than its confinement gives it. */
export async function runConfined({
  confinement,
  writable = [],
  state = [],
  owner,
  ...options
}: ConfinedOptions): Promise<ProcessOutcome> {
  if (confinement?.sandbox === undefined && confinement?.maxMemory === undefined) {
    return runProcessGroup(options);
  }
  const { sandbox, maxMemory } = confinement;
  const { argv, cwd, env } = options;
  const place = { cwd, writable, state };
  if (sandbox?.type === 'docker') {
    const name = containerName(owner ?? options.attempt);
    return runInContainer(name, options, sandbox, confinement, place);
  }
  const sandboxed =
    sandbox === undefined
      ? argv
      : await bubblewrapArgv(argv, sandbox, confinement, place, env['PATH'] ?? '');
  // One process alone cannot go beyond it even for a moment.
  const limit = maxMemory === undefined ? [] : ['prlimit', `--data=${maxMemory}`, '--'];
  return explain(await runProcessGroup({ ...options, maxMemory, argv: [...limit, ...sandboxed] }));
}

/** What has kept the program from starting, where bubblewrap or prlimit say it. */
function explain(outcome: ProcessOutcome): ProcessOutcome {
  const { outputTail } = outcome;
  if (outcome.kind === 'not-started') {
    return outcome.problem === 'not-found' ? { ...outcome, problem: 'not-confined' } : outcome;
  }
  if (outcome.kind !== 'exited' || outcome.exitCode === 0) return outcome;
  const [, why] = /^(?:bwrap: execvp|prlimit: failed to execute) .*: (.*)$/m.exec(outputTail) ?? [];
  if (why !== undefined) {
    const problem = why.startsWith('No such file') ? 'not-found' : 'not-executable';
    return { kind: 'not-started', problem, message: why, outputTail };
  }
  const [, message] = /^bwrap: (.*)$/m.exec(outputTail) ?? [];
  return message === undefined || outcome.exitCode !== 1
    ? outcome
    : { kind: 'not-started', problem: 'not-confined', message, outputTail };
}
