import { sql } from 'drizzle-orm';
import { held, type Fence } from './attempt-store.ts';
import type { Db, DbOrTx } from './database.ts';
import { checks, tasks } from './schema/index.ts';

export type CheckRow = typeof checks.$inferSelect;

/**
 * Records that an attempt ran its task's check on a commit; of several runs at the same stage the
 * last one counts. An attempt whose epoch is old records nothing.
 */
export async function recordCheck(
  db: Db,
  fence: Fence,
  check: Pick<CheckRow, 'stage' | 'command' | 'commit' | 'passed'>,
): Promise<void> {
  const { stage, command, commit, passed } = check;
  await db.execute(sql`
    INSERT INTO ${checks} (run_id, task_id, epoch, stage, command, commit, passed)
    SELECT run_id, id, epoch, ${stage}, ${JSON.stringify(command)}::jsonb, ${commit}, ${passed}::boolean
      FROM ${tasks} WHERE ${held(fence)}
    ON CONFLICT (run_id, task_id, epoch, stage) DO UPDATE
       SET command = excluded.command, commit = excluded.commit, passed = excluded.passed, at = now()`);
}

/** All checks of a run, in the order in which they ran. */
export async function listChecks(db: DbOrTx, runId: string): Promise<CheckRow[]> {
  return db
    .select()
    .from(checks)
    .where(sql`${checks.runId} = ${runId}`)
    .orderBy(checks.at);
}
