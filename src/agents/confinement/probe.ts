import type { Agent } from '../../domain/agent.ts';
import { AuroraError } from '../../domain/errors.ts';
import { runProcessGroup } from '../process-group.ts';
import { bubblewrapProbe } from './bubblewrap.ts';
import { clientEnvironment } from './client-environment.ts';
import { isWell, wordsOf } from './container-client.ts';
import { dockerProbe } from './docker.ts';

type Limits = Pick<Agent, 'sandbox' | 'maxMemory'>;

export const isConfined = ({ sandbox, maxMemory }: Limits) => (sandbox ?? maxMemory) !== undefined;

/** Milliseconds. */
const patience = 10_000;

/**
 * Whether what confines these agents can be had on this machine.
 *
 * @param variables of this process
 * @returns undefined when it can, else why not, in a sentence
 */
export async function whyUnconfined(
  agents: readonly Limits[],
  variables: Readonly<Record<string, string>>,
): Promise<string | undefined> {
  const env = clientEnvironment(variables);
  const probes = agents.flatMap(({ sandbox, maxMemory }) => {
    if (sandbox?.type === 'docker') return [dockerProbe(sandbox)];
    return [
      ...(sandbox === undefined ? [] : [bubblewrapProbe]),
      ...(maxMemory === undefined ? [] : [['prlimit', '--version']]),
    ];
  });
  for (const argv of new Map(probes.map((each) => [each.join('\0'), each])).values()) {
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
  if (isWell(outcome)) return undefined;
  if (outcome.kind === 'not-started') return `there is no \`${argv[0]}\` on this machine`;
  return `\`${argv[0]}\` cannot make a sandbox here: ${wordsOf(outcome)}`;
}

/**
 * Agents that are to be confined never work unconfined.
 *
 * @throws AuroraError `sandbox-unavailable`
 */
export async function refuseUnconfined(
  agents: readonly Agent[],
  variables: Readonly<Record<string, string>>,
): Promise<void> {
  const why = await whyUnconfined(agents, variables);
  if (why === undefined) return;
  const names = agents.filter(isConfined).map(({ name }) => name);
  throw new AuroraError(
    'sandbox-unavailable',
    `The agents ${names.join(', ')} are to be confined, and ${why}.`,
  );
}
