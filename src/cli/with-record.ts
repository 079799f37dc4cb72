import { openRecord } from '../runtime/open-record.ts';
import type { Db } from '../storage/database.ts';
import { openContext, type CliContext } from './cli-context.ts';
import { stoppable } from './stoppable.ts';

/** Lends the record to a command that only looks. */
export async function withRecord(
  options: { json?: boolean },
  use: (db: Db, context: CliContext) => Promise<void>,
): Promise<void> {
  const context = openContext(options);
  await stoppable(async (closer) => {
    const { database } = await openRecord(context.env, context.log, closer);
    await use(database.db, context);
  });
}
