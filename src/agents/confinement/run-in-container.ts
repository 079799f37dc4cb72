import type { DockerSpec } from '../../domain/sandbox.ts';
import { attemptVariables, stopProcessesOf } from '../../git/stop-processes-of.ts';
import {
  type ProcessGroupOptions,
  type ProcessOutcome,
  runProcessGroup,
} from '../process-group.ts';
import type { Confinement } from './confinement.ts';
import {
  askClient,
  type Container,
  type ContainerClient,
  inspectContainer,
  isOfDocker,
  isWell,
  removeContainer,
  wordsOf,
} from './container-client.ts';
import { containerArgv } from './docker.ts';
import type { SandboxPlace } from './mounts.ts';
import { startContainer } from './start-container.ts';

/** Milliseconds that the daemon may take to make a container: some copy the whole image. */
const makingPatience = 5 * 60_000;

/** Milliseconds that removing may take where the worker may have to stop, too. */
const stoppedPatience = 10_000;

/**
 * Runs a program in a container of its own, which is gone when this resolves. Should the daemon not
 * remove it, the janitor does so by its name.
 */
export async function runInContainer(
  name: string,
  options: Omit<ProcessGroupOptions, 'maxMemory'>,
  sandbox: DockerSpec,
  confinement: Confinement,
  place: SandboxPlace,
): Promise<ProcessOutcome> {
  const { argv, cwd, env, attempt, signal } = options;
  const client = { program: sandbox.program, env: confinement.client };
  const marks = attempt === undefined ? {} : attemptVariables(attempt);
  if (signal?.aborted) return { kind: 'aborted', reason: signal.reason, outputTail: '' };
  const kind = { isOfDocker: await isOfDocker(client) };
  const call = { name, argv, names: Object.keys(env), attempt, ...kind };
  try {
    // Not stopped by the signal: a client that is stopped does not keep the daemon from making it later,
    // when nobody removes it any more.
    const made = await runProcessGroup({
      ...{ cwd, env: { ...env, ...marks, ...client.env } },
      argv: await containerArgv(call, sandbox, confinement, place),
      signal: AbortSignal.timeout(makingPatience),
    });
    if (!isWell(made)) return await whyNotMade(client, made);
    const { maxMemory } = confinement;
    const unbounded = maxMemory && (await whyUnbounded(client, name, maxMemory));
    if (unbounded) return unbounded;
    // What it leaves running ends with the container.
    const { attempt: _, ...rest } = options;
    const started = { ...rest, env: { ...client.env, ...marks } };
    const ended = await startContainer(client, name, started);
    if (ended.kind !== 'exited') return ended;
    return explain(ended, await inspectContainer(client, name), maxMemory);
  } finally {
    const limit = signal?.aborted ? AbortSignal.timeout(stoppedPatience) : undefined;
    const isGone = isWell(await removeContainer(client, name, limit));
    // Without their daemon they run on, and change files that are being saved.
    if (!isGone && attempt !== undefined) await stopProcessesOf(attempt, cwd);
  }
}

const notConfined = (message: string, outputTail = ''): ProcessOutcome => ({
  ...{ kind: 'not-started', problem: 'not-confined', message, outputTail },
});

/** A daemon that is being started anew, for instance, is there soon. */
const notReached = (message: string): ProcessOutcome => ({
  ...{ kind: 'not-started', problem: 'other', message, outputTail: '' },
});

async function whyNotMade(client: ContainerClient, made: ProcessOutcome): Promise<ProcessOutcome> {
  if (made.kind === 'not-started') {
    return made.problem === 'not-found' ? { ...made, problem: 'not-confined' } : made;
  }
  const message = wordsOf(made);
  const isReached = isWell(await askClient(client, ['version']));
  return made.kind === 'exited' && isReached ? notConfined(message) : notReached(message);
}

/** Where the system lacks what it takes, the daemon only warns, and goes on without. */
async function whyUnbounded(
  client: ContainerClient,
  name: string,
  maxMemory: number,
): Promise<ProcessOutcome | undefined> {
  const container = await inspectContainer(client, name);
  if (typeof container === 'string') return notReached(container);
  if (container.memory === maxMemory) return undefined;
  return notConfined(`\`${client.program}\` cannot bound memory here (maxMemory of the agent)`);
}

/**
 * What has become of a program whose client has ended, which tells it if nothing has happened to itself.
 *
 * @param container what the daemon knows of it, or why it does not say
 */
function explain(
  ended: ProcessOutcome & { readonly kind: 'exited' },
  container: Container | string,
  maxMemory: number | undefined,
): ProcessOutcome {
  const { outputTail, exitCode } = ended;
  const lost = (message: string): ProcessOutcome => ({ kind: 'lost', message, outputTail });
  if (typeof container === 'string') return lost(container);
  const { Status: status, ExitCode: ofProgram, OOMKilled: lackedMemory } = container.state;
  if (status === 'created') return notConfined(outputTail.trim(), outputTail);
  // The daemon, or the way to it, was lost while the program ran.
  if (ofProgram !== exitCode || status !== 'exited') {
    return lost('the connection to its container has ended.');
  }
  const missing = initComplaint.exec(outputTail)?.[1];
  if (missing !== undefined) {
    const problem = missing.startsWith('No such file') ? 'not-found' : 'not-executable';
    return { kind: 'not-started', problem, message: missing, outputTail };
  }
  if (lackedMemory && exitCode !== 0 && maxMemory !== undefined) {
    return { kind: 'out-of-memory', used: maxMemory, limit: maxMemory, outputTail };
  }
  return exitCode === 137 ? { kind: 'killed', signal: 'SIGKILL', outputTail } : ended;
}

/** All that the container's init says when it cannot start the program: tini in Docker, catatonit in Podman. */
const initComplaint =
  /^\s*(?:\[FATAL tini \(\d+\)\] exec .* failed|ERROR \(catatonit:\d+\): failed to exec pid1): (.*)\s*$/;
