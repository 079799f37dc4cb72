import type { AgentContext, AgentMessage } from '../domain/agent-message.ts';
import { AuroraError } from '../domain/errors.ts';
import type { Logger } from '../domain/logger.ts';
import type { MessageDraft } from '../domain/message.ts';
import { cleanText, mapStrings } from '../memory/clean-text.ts';
import type { MemoryCoordinator } from '../memory/memory-coordinator.ts';
import { scanSecretsIn } from '../memory/scan-secrets.ts';
import type { DiscoveryNews } from '../queue/discovery-news.ts';
import { noteAttempt } from '../storage/attempt-store.ts';
import type { Database } from '../storage/database.ts';
import type { Speaker } from '../storage/speaker-store.ts';
import { contextMessages } from './context-messages.ts';
import { storePatterns } from './store-patterns.ts';

export interface AgentLineDeps {
  readonly database: Database;
  readonly memory: MemoryCoordinator;
  readonly discoveries: DiscoveryNews;
  readonly log: Logger;
  readonly notify: (runId: string) => void;
}

/**
 * Takes what a running attempt says while it is at work: progress, a finding for the others, a
 * question to memory. The message is in the record, under the attempt's epoch, when this resolves.
 *
 * @returns memory's answer to a CONTEXT_REQUEST; null for the others
 * @throws AuroraError attempt-over when the epoch is old; then nothing was written
 */
export async function takeAgentMessage(
  deps: AgentLineDeps,
  speaker: Speaker,
  said: AgentMessage,
): Promise<AgentContext | null> {
  const message = await scanSecretsIn(mapStrings(said, cleanText) as AgentMessage);
  const from = { ...fenceOf(speaker), sender: `agent:${speaker.agent}` };
  switch (message.type) {
    case 'TASK_PROGRESS':
      await append(deps, speaker, [{ ...from, ...message, recipient: 'maestro' }]);
      return null;
    case 'PATTERN_STORE':
      await append(deps, speaker, [{ ...from, ...message, recipient: 'memory' }]);
      deps.discoveries.tell(speaker.runId);
      await storePatterns(deps, speaker.runId);
      return null;
    case 'CONTEXT_REQUEST': {
      const { query, limit = 5 } = message.payload;
      const { projectId } = speaker;
      const found = await deps.memory.retrieve({ query, projectId, limit });
      const { items, completeness, leftOut } = found;
      const answer = { lessons: [], items: items.map(({ id }) => id), completeness, leftOut };
      await append(deps, speaker, contextMessages(speaker, message.payload, answer));
      return { items: items.map(({ id, content, why }) => ({ id, content, why })), completeness };
    }
  }
}

const fenceOf = ({ runId, taskId, epoch }: Speaker) => ({ runId, taskId, epoch });

async function append(
  { database, notify }: AgentLineDeps,
  speaker: Speaker,
  drafts: readonly MessageDraft[],
): Promise<void> {
  if (!(await noteAttempt(database.db, fenceOf(speaker), {}, drafts))) throw attemptOver(speaker);
  notify(speaker.runId);
}

/** What whoever speaks for an attempt that is over is told. */
export function attemptOver({ runId, taskId, epoch }: Omit<Speaker, 'agent' | 'projectId'>) {
  return new AuroraError(
    'attempt-over',
    `The attempt at task "${taskId}" of ${runId} under epoch ${epoch} is over; nothing was recorded.`,
  );
}
