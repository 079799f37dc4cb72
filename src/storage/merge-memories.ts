import { and, eq, gt, inArray, ne, sql } from 'drizzle-orm';
import { alias } from 'drizzle-orm/pg-core';
import { memoryUses, type MemoryUse } from '../domain/memory.ts';
import type { Db, DbOrTx } from './database.ts';
import { lockScopes } from './memory-locks.ts';
import { memories, memoryOrigins, memoryTrials } from './schema/memory.ts';

/** A working memory by its id in the books of attempts, which know those of all tiers. */
export const trialIdOf = (id: string): string => `working_${id}`;

/** Of two uses that an attempt made of what is one memory now, the one that counts. */
export const strongerUse = (one: MemoryUse, other: MemoryUse): MemoryUse =>
  memoryUses.indexOf(one) < memoryUses.indexOf(other) ? one : other;

type Merged = Pick<typeof memories.$inferSelect, 'id' | 'contentHash'>;

/**
 * Merges a memory into another one: uses, tags, outcomes and trials are added up, the failures that taught
 * it move over, and what it was is kept as an origin.
 *
 * @returns false when one of them is gone or has changed since it was compared
 */
export function mergeMemories(
  db: Db,
  projectId: string,
  kept: Merged,
  gone: Merged,
): Promise<boolean> {
  return db.transaction(async (tx) => {
    await lockScopes(tx, [projectId]);
    const rows = await tx
      .select()
      .from(memories)
      .where(and(inArray(memories.id, [kept.id, gone.id]), gt(memories.expiresAt, sql`now()`)))
      .orderBy(memories.id)
      .for('update');
    const [into, from] = [kept, gone].map((wanted) =>
      rows.find((row) => row.id === wanted.id && row.contentHash === wanted.contentHash),
    );
    if (into === undefined || from === undefined) return false;
    const { content, contentHash, tags, metadata, createdAt } = from;
    await tx
      .update(memoryOrigins)
      .set({ memoryId: into.id })
      .where(eq(memoryOrigins.memoryId, from.id));
    await tx.insert(memoryOrigins).values({
      ...{ memoryId: into.id, originId: from.id, content, contentHash },
      ...{ tags, metadata, createdAt },
    });
    // What an attempt has taught it has taught once; the rest goes with the memory.
    await tx.execute(sql`
      UPDATE aurora.reflexions AS moved SET memory_id = ${into.id}
       WHERE memory_id = ${from.id} AND NOT EXISTS (
         SELECT FROM aurora.reflexions AS there
          WHERE there.memory_id = ${into.id}
            AND (there.run_id, there.task_id, there.attempt) = (moved.run_id, moved.task_id, moved.attempt))`);
    const twice = await mergeTrials(tx, into.id, from.id);
    await tx
      .update(memories)
      .set({ contradictedBy: into.id })
      .where(and(eq(memories.contradictedBy, from.id), ne(memories.id, into.id)));
    const union = (one: readonly string[], other: readonly string[]) =>
      [...new Set([...one, ...other])].sort();
    const later = (one: Date, other: Date) => (one > other ? one : other);
    const total = (key: keyof Counts) => into[key] + from[key] - twice[key];
    await tx
      .update(memories)
      .set({
        tags: union(into.tags, tags),
        tagText: union(into.tags, tags).join(' '),
        metadata: { ...metadata, ...into.metadata },
        agents: union(into.agents, from.agents),
        uses: into.uses + from.uses,
        outcomes: total('outcomes'),
        successes: total('successes'),
        trials: total('trials'),
        trialSuccesses: total('trialSuccesses'),
        withheldTrials: total('withheldTrials'),
        withheldSuccesses: total('withheldSuccesses'),
        createdAt: later(into.createdAt, createdAt),
        lastUsedAt: later(into.lastUsedAt, from.lastUsedAt),
        expiresAt: later(into.expiresAt, from.expiresAt),
        promotionSettledAt: into.promotionSettledAt ?? from.promotionSettledAt,
        // Said again it is the newest; what denies it is found anew.
        ...(createdAt > into.createdAt ? { contradictedBy: null } : {}),
      })
      .where(eq(memories.id, into.id));
    await tx.delete(memories).where(eq(memories.id, from.id));
    return true;
  });
}

const none = {
  outcomes: 0,
  successes: 0,
  trials: 0,
  trialSuccesses: 0,
  withheldTrials: 0,
  withheldSuccesses: 0,
};
type Counts = typeof none;

/** Makes one of an attempt's uses of both; answers what was counted twice. */
async function mergeTrials(tx: DbOrTx, into: string, from: string): Promise<Counts> {
  const kept = alias(memoryTrials, 'kept');
  const [intoId, fromId] = [trialIdOf(into), trialIdOf(from)];
  const both = await tx
    .select({
      runId: kept.runId,
      taskId: kept.taskId,
      epoch: kept.epoch,
      kept: kept.use,
      gone: memoryTrials.use,
      succeeded: kept.succeeded,
    })
    .from(memoryTrials)
    .innerJoin(
      kept,
      and(
        eq(kept.runId, memoryTrials.runId),
        eq(kept.taskId, memoryTrials.taskId),
        eq(kept.epoch, memoryTrials.epoch),
        eq(kept.memoryId, intoId),
      ),
    )
    .where(eq(memoryTrials.memoryId, fromId));
  const twice = { ...none };
  for (const { runId, taskId, epoch, ...had } of both) {
    const use = strongerUse(had.kept, had.gone);
    const weaker = use === had.kept ? had.gone : had.kept;
    const success = had.succeeded ? 1 : 0;
    if (weaker === 'withheld') {
      twice.withheldTrials++;
      twice.withheldSuccesses += success;
    } else {
      twice.outcomes++;
      twice.successes += success;
    }
    if (weaker === 'given') {
      twice.trials++;
      twice.trialSuccesses += success;
    }
    const attempt = (memoryId: string) =>
      and(
        eq(memoryTrials.runId, runId),
        eq(memoryTrials.taskId, taskId),
        eq(memoryTrials.epoch, epoch),
        eq(memoryTrials.memoryId, memoryId),
      );
    await tx.delete(memoryTrials).where(attempt(fromId));
    if (use !== had.kept) await tx.update(memoryTrials).set({ use }).where(attempt(intoId));
  }
  await tx.update(memoryTrials).set({ memoryId: intoId }).where(eq(memoryTrials.memoryId, fromId));
  return twice;
}

/** The memories that others were merged into, by the ids of those. */
export async function keepersOf(
  on: DbOrTx,
  originIds: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  if (originIds.length === 0) return new Map();
  const rows = await on
    .select({ origin: memoryOrigins.originId, keeper: memoryOrigins.memoryId })
    .from(memoryOrigins)
    .where(inArray(memoryOrigins.originId, [...originIds]));
  return new Map(rows.map(({ origin, keeper }) => [origin, keeper]));
}
