import { AuroraError } from '../domain/errors.ts';
import { releaseAgent } from '../queue/release-agent.ts';
import type { MaestroDeps } from './maestro-deps.ts';

/**
 * Lets a suspended agent work again at once, because a person has mended what it failed of.
 *
 * @throws AuroraError agent-unknown; state-conflict when it is not suspended
 */
export async function resumeAgent(
  { agents, database, queues, log, notify }: MaestroDeps,
  agent: string,
  by: string,
): Promise<void> {
  const told = await releaseAgent(database.db, queues, agent, by);
  if (told !== null) {
    log.info({ agent, by }, 'the agent works again; its tasks go on');
    told.forEach(notify);
    return;
  }
  if (!agents.some(({ name }) => name === agent)) {
    throw new AuroraError('agent-unknown', `No agent is called "${agent}".`);
  }
  throw new AuroraError(
    'state-conflict',
    `Agent "${agent}" is not suspended; there is nothing to resume.`,
  );
}
