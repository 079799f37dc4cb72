import { text, timestamp } from 'drizzle-orm/pg-core';
import { auroraSchema } from './aurora-schema.ts';

/** A git repository and its memory. */
export const projects = auroraSchema.table('projects', {
  id: text().primaryKey(),
  name: text().notNull().unique(),
  repository: text(),
  createdAt: timestamp({ withTimezone: true }).notNull().defaultNow(),
});
