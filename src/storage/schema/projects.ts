import { integer, text, timestamp } from 'drizzle-orm/pg-core';
import { auroraSchema } from './aurora-schema.ts';

/** A git repository and its memory. */
export const projects = auroraSchema.table('projects', {
  id: text().primaryKey(),
  name: text().notNull().unique(),
  repository: text(),
  /** How many tasks of all its runs may run at once; null: as many as there are slots. */
  maxParallel: integer(),
  createdAt: timestamp({ withTimezone: true }).notNull().defaultNow(),
});
