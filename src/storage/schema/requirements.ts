import { jsonb, primaryKey, text, integer, timestamp } from 'drizzle-orm/pg-core';
import { qualityCategories, requirementKinds, type Requirement } from '../../domain/requirement.ts';
import { auroraSchema } from './aurora-schema.ts';
import { runs } from './runs.ts';

export const requirements = auroraSchema.table(
  'requirements',
  {
    runId: text()
      .notNull()
      .references(() => runs.id, { onDelete: 'cascade' }),
    /** REQ-001, unique in its run. */
    id: text().notNull(),
    position: integer().notNull(),
    kind: text({ enum: requirementKinds }).notNull(),
    category: text({ enum: qualityCategories }),
    title: text().notNull(),
    text: text(),
    priority: text({ enum: ['must', 'should', 'could'] }).notNull(),
    acceptance: jsonb().$type<readonly string[]>().notNull(),
    thresholds: jsonb().$type<Requirement['thresholds']>(),
    source: jsonb().$type<Requirement['source']>(),
    /** When an amendment took it out; its number is not used again. */
    withdrawnAt: timestamp({ withTimezone: true }),
  },
  (table) => [primaryKey({ columns: [table.runId, table.id] })],
);
