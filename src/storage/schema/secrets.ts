import { text } from 'drizzle-orm/pg-core';
import { auroraSchema } from './aurora-schema.ts';

/** Secrets that the processes of a fleet share; each is made by whoever needs it first. */
export const secrets = auroraSchema.table('secrets', {
  name: text().primaryKey(),
  value: text().notNull(),
});
