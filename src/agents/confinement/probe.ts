import type { Agent } from '../../domain/agent.ts';
import { AuroraError } from '../../domain/errors.ts';
import { runProcessGroup } from '../process-group.ts';
import { probeArgv } from './bubblewrap.ts';

type Limits = Pick<Agent, 'sandbox' | 'maxMemory'>;

export const isConfined = ({ sandbox, maxMemory }: Limits) => (sandbox ?? maxMemory) !== undefined;

/** Milliseconds. */
const patience = 10_000;

/**
 * Whether what confines these agents can be had on this machine.
 *
 * @param env already scrubbed
 * @returns undefined when it can, else why not, in a sentence
 */
export async function whyUnconfined(
  agents: readonly Limits[],
  env: Readonly<Record<string, string>>,
): Promise<string | undefined> {
  const probes = [
    agents.some(({ sandbox }) => sandbox !== undefined) ? probeArgv : undefined,
    agents.some(({ maxMemory }) => maxMemory !== undefined) ? ['prlimit', '--version'] : undefined,
  ];
  for (const argv of probes) {
    if (argv === undefined) continue;
    const why = await whyFailing(argv, env);
    if (why !== undefined) return why;
  }
  return undefined;
}

async function whyFailing(
  argv: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<string | undefined> {
  const signal = AbortSignal.timeout(patience);
  const outcome = await runProcessGroup({ argv, cwd: '/', env, signal });
  if (outcome.kind === 'exited' && outcome.exitCode === 0) return undefined;
  if (outcome.kind === 'not-started') return `there is no \`${argv[0]}\` on this machine`;
  return `\`${argv[0]}\` cannot make a sandbox here: ${outcome.outputTail.trim() || outcome.kind}`;
}

/**
 * Agents that are to be confined never work unconfined.
 *
 * @throws AuroraError `sandbox-unavailable`
 */
export async function refuseUnconfined(
  agents: readonly Agent[],
  env: Readonly<Record<string, string>>,
): Promise<void> {
  const why = await whyUnconfined(agents, env);
  if (why === undefined) return;
  const names = agents.filter(isConfined).map(({ name }) => name);
  throw new AuroraError(
    'sandbox-unavailable',
    `The agents ${names.join(', ')} are to be confined, and ${why}.`,
  );
}
