import { openDatabase, type Database } from '../../src/storage/database.ts';
import { createTestDatabase } from '../support/database.ts';

/** A migrated database of its own; `close` removes it. */
export async function openTestMemoryDatabase(): Promise<Database> {
  const test = await createTestDatabase();
  const database = await openDatabase(test.url);
  return {
    ...database,
    close: async () => {
      await database.close();
      await test.drop();
    },
  };
}
