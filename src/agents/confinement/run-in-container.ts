import { basename } from 'node:path';
import type { DockerSpec } from '../../domain/sandbox.ts';
import {
  type ProcessGroupOptions,
  type ProcessOutcome,
  runProcessGroup,
} from '../process-group.ts';
import type { Confinement } from './confinement.ts';
import { containerName, dockerArgv } from './docker.ts';
import type { SandboxPlace } from './mounts.ts';

/** Milliseconds that the daemon may take for a small thing. */
export const daemonPatience = 30_000;

/** Exit codes of the client's own: the program was not started, or the daemon was lost. */
const clientCodes = [125, 126, 127];

/** Runs a program in a container of its own, which is gone when this resolves. */
export async function runInContainer(
  options: ProcessGroupOptions,
  sandbox: DockerSpec,
  confinement: Confinement,
  place: SandboxPlace,
): Promise<ProcessOutcome> {
  const { argv, attempt, env } = options;
  const name = containerName(attempt);
  const call = { name, argv, attempt, names: Object.keys(env) };
  const outcome = await runProcessGroup({
    ...options,
    argv: await dockerArgv(call, sandbox, confinement, place),
    env: { ...env, ...confinement.client },
  });
  // The end of the client is not that of the container. Should this fail, the janitor does it.
  const isClients = outcome.kind === 'exited' && clientCodes.includes(outcome.exitCode);
  if (outcome.kind !== 'exited' || isClients) {
    await removeContainer(sandbox.program, name, confinement.client);
  }
  return explain(outcome, sandbox.program);
}

/** @param env of the client */
export async function removeContainer(
  program: string,
  name: string,
  env: Readonly<Record<string, string>>,
): Promise<ProcessOutcome> {
  const signal = AbortSignal.timeout(daemonPatience);
  return runProcessGroup({ argv: [program, 'rm', '--force', name], cwd: '/', env, signal });
}

/** The program may have printed such a line too, but goes on then; the client only points to its help. */
function lastWords(program: string): RegExp {
  const said = basename(program) === 'podman' ? 'Error: ' : 'docker: ';
  return new RegExp(`^${said}(.*)\\s*(?:^(?:See|Run) '.*--help'.*\\s*)?$(?![^])`, 'm');
}

/** How `docker run` tells by exit codes of its own what has become of the program. */
function explain(outcome: ProcessOutcome, program: string): ProcessOutcome {
  const { outputTail } = outcome;
  if (outcome.kind === 'not-started') {
    return outcome.problem === 'not-found' ? { ...outcome, problem: 'not-confined' } : outcome;
  }
  if (outcome.kind !== 'exited') return outcome;
  // What has used up the container's memory, for instance.
  if (outcome.exitCode === 137) return { kind: 'killed', signal: 'SIGKILL', outputTail };
  // That of a container's own init, which starts it.
  const [, missing] =
    /^.*(?:\btini\b.*\bexec\b.*failed|\bcatatonit\b.*exec pid1): (.*)$/m.exec(outputTail) ?? [];
  const [, message] = lastWords(program).exec(outputTail) ?? [];
  const why = missing ?? message;
  const isClients = clientCodes.includes(outcome.exitCode);
  if (why === undefined || (missing === undefined && !isClients)) return outcome;
  const isItsOwn = missing !== undefined || /\bexec(?:utable)?\b/.test(why);
  const isNotFound = /not found|no such file/i.test(why);
  const problem = !isItsOwn ? 'not-confined' : isNotFound ? 'not-found' : 'not-executable';
  return { kind: 'not-started', problem, message: why, outputTail };
}
