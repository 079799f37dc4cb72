import { AuroraError } from '../domain/errors.ts';
import type { Logger } from '../domain/logger.ts';
import type { MemoryCoordinator } from '../memory/memory-coordinator.ts';
import type { Database } from '../storage/database.ts';
import { listUnheardPatterns, markPatternHeard } from '../storage/pattern-store.ts';

/** How many findings are taken in at once. */
const batch = 50;

/**
 * Has memory take in what agents found out. Their messages are in the record already, so nothing is
 * lost when this dies half-way: it is done again, and the same content is kept once. Memory that is
 * away delays a finding, it costs no task.
 *
 * @param runId of the run whose findings are wanted now; all runs when not given
 */
export async function storePatterns(
  deps: { readonly memory: MemoryCoordinator; readonly database: Database; readonly log: Logger },
  runId?: string,
): Promise<void> {
  const { db } = deps.database;
  try {
    for (const pattern of await listUnheardPatterns(db, batch, runId)) {
      const { messageId, content, projectId, tags, taskId } = pattern;
      try {
        const metadata = { runId: pattern.runId, taskId };
        await deps.memory.storePattern({ content, projectId, tags: [...tags], metadata });
      } catch (error) {
        // What memory refuses once it refuses for ever.
        if (!(error instanceof AuroraError) || error.kind !== 'input') throw error;
        deps.log.warn({ err: error, runId: pattern.runId, taskId }, 'memory refused a finding');
      }
      await markPatternHeard(db, messageId);
    }
  } catch (error) {
    deps.log.warn({ err: error, runId }, 'findings wait for memory');
  }
}
