import { AuroraError } from '../../domain/errors.ts';
import type { Agent } from '../../domain/agent.ts';
import type { Logger } from '../../domain/logger.ts';
import type { AttemptKey } from '../../git/refs.ts';
import { runProcessGroup } from '../process-group.ts';
import { attemptOfContainer, dataLabel } from './docker.ts';
import { daemonPatience, removeContainer } from './run-in-container.ts';

/**
 * Removes the containers of attempts of this machine whose process died. That a daemon does not answer
 * is logged: it keeps nothing else from being cleaned up.
 *
 * @param options.client the environment of the client
 */
export async function sweepContainers(
  agents: readonly Pick<Agent, 'sandbox'>[],
  options: {
    readonly dataDirectory: string;
    readonly client: Readonly<Record<string, string>>;
    readonly isInUse: (attempt: AttemptKey) => Promise<boolean>;
    readonly log: Logger;
  },
): Promise<void> {
  const { dataDirectory, client, isInUse, log } = options;
  const programs = agents.flatMap(({ sandbox }) =>
    sandbox?.type === 'docker' ? [sandbox.program] : [],
  );
  for (const program of new Set(programs)) {
    const names = await listContainers(program, dataDirectory, client).catch((error: unknown) => {
      log.error({ err: error }, 'containers of dead attempts could not be cleaned up');
      return [];
    });
    for (const name of names) {
      const attempt = attemptOfContainer(name);
      if (attempt === undefined || (await isInUse(attempt))) continue;
      const { outputTail: said, ...end } = await removeContainer(program, name, client);
      const isGone = end.kind === 'exited' && end.exitCode === 0;
      const what = isGone ? 'cleaned up after a dead attempt' : 'a container could not be removed';
      log.warn({ ...attempt, container: name, ...(isGone ? {} : { said }) }, what);
    }
  }
}

async function listContainers(
  program: string,
  dataDirectory: string,
  env: Readonly<Record<string, string>>,
): Promise<readonly string[]> {
  const label = `label=${dataLabel}=${dataDirectory}`;
  const outcome = await runProcessGroup({
    argv: [program, 'ps', '--all', '--filter', label, '--format', '{{.Names}}'],
    ...{ cwd: '/', env, signal: AbortSignal.timeout(daemonPatience), tailSize: 2 ** 20 },
  });
  if (outcome.kind === 'exited' && outcome.exitCode === 0) return outcome.outputTail.split('\n');
  const why = outcome.outputTail.trim() || outcome.kind;
  throw new AuroraError(
    'sandbox-unavailable',
    `\`${program}\` does not tell its containers: ${why}`,
  );
}
