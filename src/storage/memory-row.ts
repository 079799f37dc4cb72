import { and, eq, gt, sql, type SQL } from 'drizzle-orm';
import type { memories, sessionMemories } from './schema/memory.ts';

/** A memory to be kept, as both Postgres tiers take it. */
export interface NewMemoryRow {
  readonly projectId: string;
  readonly type: (typeof memories.$inferInsert)['type'];
  readonly content: string;
  readonly contentHash: string;
  readonly tags: readonly string[];
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** What makes two rows the same memory. */
export type MemoryRowIdentity = Pick<NewMemoryRow, 'projectId' | 'type' | 'contentHash'>;

export const sameMemory = (
  table: typeof memories | typeof sessionMemories,
  { projectId, type, contentHash }: MemoryRowIdentity,
) =>
  and(
    eq(table.projectId, projectId),
    eq(table.type, type),
    eq(table.contentHash, contentHash),
    gt(table.expiresAt, sql`now()`),
  );

/** The instant `lifetime` milliseconds from now, by the database's clock. */
export const fromNow = (lifetime: number): SQL<Date> =>
  sql<Date>`now() + ${lifetime} * interval '1 millisecond'`;

/**
 * What a repeated store changes: tags and metadata grow, life starts anew. A memory that had
 * expired unswept starts from scratch in everything but its id.
 */
export function onRepeatedStore(table: typeof memories | typeof sessionMemories, lifetime: number) {
  const alive = sql`${table.expiresAt} > now()`;
  return {
    tags: sql<
      string[]
    >`case when ${alive} then array(select distinct unnest(${table.tags} || excluded.tags) order by 1) else excluded.tags end`,
    metadata: sql`case when ${alive} then ${table.metadata} || excluded.metadata else excluded.metadata end`,
    uses: sql`case when ${alive} then ${table.uses} else 0 end`,
    successes: sql`case when ${alive} then ${table.successes} else 0 end`,
    outcomes: sql`case when ${alive} then ${table.outcomes} else 0 end`,
    agents: sql`case when ${alive} then ${table.agents} else '{}' end`,
    createdAt: sql`case when ${alive} then ${table.createdAt} else now() end`,
    // The latest wording wins: it differs in case or white space at most.
    content: sql`excluded.content`,
    expiresAt: fromNow(lifetime),
  };
}

/** What a use changes. */
export function onUse(
  table: typeof memories | typeof sessionMemories,
  agent: string | undefined,
  lifetime: number,
) {
  return {
    uses: sql`${table.uses} + 1`,
    lastUsedAt: sql`now()`,
    expiresAt: fromNow(lifetime),
    ...(agent === undefined
      ? {}
      : {
          agents: sql`case when ${agent} = any(${table.agents}) then ${table.agents} else ${table.agents} || ${agent}::text end`,
        }),
  };
}
