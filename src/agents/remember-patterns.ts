import type { Logger } from '../domain/logger.ts';
import type { MemoryCoordinator } from '../memory/memory-coordinator.ts';
import type { Fence } from '../storage/attempt-store.ts';
import type { ClaimedTask } from '../storage/claim-store.ts';
import type { Database } from '../storage/database.ts';
import { appendMessages } from '../storage/message-store.ts';
import type { ExecutorResult } from './executor.ts';

/**
 * Stores what an agent found to work, for the tasks that come after. The outcome is in the record
 * by now; memory that is away costs the pattern, not the task.
 */
export async function rememberPatterns(
  deps: { readonly memory: MemoryCoordinator; readonly database: Database; readonly log: Logger },
  { run, task }: ClaimedTask,
  fence: Fence,
  words: ExecutorResult,
): Promise<void> {
  for (const pattern of words.patterns ?? []) {
    try {
      const memory = await deps.memory.storePattern({
        content: pattern.content,
        projectId: run.projectId,
        tags: pattern.tags ?? [],
        metadata: { runId: run.id, taskId: task.id },
      });
      await deps.database.db.transaction((tx) =>
        appendMessages(tx, [
          {
            ...fence,
            type: 'PATTERN_STORE',
            sender: `agent:${task.agent}`,
            recipient: 'memory',
            payload: { content: memory.content, tags: [...memory.tags] },
          },
        ]),
      );
    } catch (error) {
      deps.log.warn({ err: error }, 'a pattern could not be stored');
    }
  }
}
