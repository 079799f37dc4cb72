import { inArray, sql, type SQLWrapper } from 'drizzle-orm';
import type { DbOrTx } from './database.ts';
import { memoryScopes } from './schema/memory.ts';

/**
 * Takes the scopes of projects, in one order everywhere and before any memory of theirs, as whoever stores
 * does: else the two could wait for each other. Removals that come after need not take all scopes.
 */
export async function lockScopes(
  tx: DbOrTx,
  projects: SQLWrapper | readonly string[],
): Promise<void> {
  await tx
    .select({ id: memoryScopes.projectId })
    .from(memoryScopes)
    .where(inArray(memoryScopes.projectId, projects as string[]))
    .orderBy(memoryScopes.projectId)
    .for('update');
  await tx.execute(sql`select set_config('aurora.scopes_are_locked', 'yes', true)`);
}
