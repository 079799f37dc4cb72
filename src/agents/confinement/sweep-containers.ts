import { AuroraError } from '../../domain/errors.ts';
import type { Agent } from '../../domain/agent.ts';
import type { Logger } from '../../domain/logger.ts';
import type { AttemptKey } from '../../git/refs.ts';
import {
  askClient,
  type ContainerClient,
  isWell,
  removeContainer,
  wordsOf,
} from './container-client.ts';
import { attemptOfContainer, dataLabel } from './docker.ts';

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
  const { dataDirectory, client: env, isInUse, log } = options;
  const programs = agents.flatMap(({ sandbox }) =>
    sandbox?.type === 'docker' ? [sandbox.program] : [],
  );
  for (const program of new Set(programs)) {
    const client = { program, env };
    const names = await listContainers(client, dataDirectory).catch((error: unknown) => {
      log.error({ err: error }, 'containers of dead attempts could not be cleaned up');
      return [];
    });
    for (const name of names) {
      const attempt = attemptOfContainer(name);
      if (attempt === undefined || (await isInUse(attempt))) continue;
      const removed = await removeContainer(client, name);
      const what = isWell(removed)
        ? 'cleaned up after a dead attempt'
        : 'a container could not be removed';
      const why = isWell(removed) ? {} : { said: wordsOf(removed) };
      log.warn({ ...attempt, container: name, ...why }, what);
    }
  }
}

async function listContainers(
  client: ContainerClient,
  dataDirectory: string,
): Promise<readonly string[]> {
  const label = `label=${dataLabel}=${dataDirectory}`;
  const args = ['ps', '--all', '--filter', label, '--format', '{{.Names}}'];
  const outcome = await askClient(client, args);
  if (isWell(outcome)) return outcome.answer.split('\n');
  throw new AuroraError(
    'sandbox-unavailable',
    `\`${client.program}\` does not tell its containers: ${wordsOf(outcome)}`,
  );
}
