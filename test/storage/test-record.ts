import { afterAll, beforeAll } from 'vitest';
import { openDatabase, type Database } from '../../src/storage/database.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

/** A migrated record of its own for the test file that calls this; use it inside of tests. */
export function useTestRecord(): { readonly database: Database } {
  let database: Database | undefined;
  let test: TestDatabase | undefined;
  beforeAll(async () => {
    test = await createTestDatabase();
    database = await openDatabase(test.url, 20);
  });
  afterAll(async () => {
    await database?.close();
    await test?.drop();
  });
  return {
    get database() {
      return database as Database;
    },
  };
}
