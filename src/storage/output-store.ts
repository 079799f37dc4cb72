import { sql } from 'drizzle-orm';
import type { Fence } from './attempt-store.ts';
import type { Db } from './database.ts';

/**
 * Notes when running attempts have last printed something, in one statement for all of a process.
 *
 * @param outputs with their age in milliseconds, so that only the clock of the database counts
 */
export async function noteOutput(
  db: Db,
  outputs: readonly (Fence & { readonly age: number })[],
): Promise<void> {
  if (outputs.length === 0) return;
  await db.execute(sql`
    UPDATE aurora.attempts SET last_output_at = now() - said.age * interval '1 ms'
      FROM jsonb_to_recordset(${JSON.stringify(outputs)}::jsonb)
        AS said("runId" text, "taskId" text, epoch int, age int)
     WHERE attempts.run_id = said."runId" AND attempts.task_id = said."taskId"
       AND attempts.epoch = said.epoch AND attempts.state = 'running'`);
}
