import { index, integer, jsonb, text, timestamp } from 'drizzle-orm/pg-core';
import { roles } from '../../domain/role.ts';
import { auroraSchema } from './aurora-schema.ts';

/** The configured pools, as the last process that started with them wrote. */
export const agents = auroraSchema.table('agents', {
  name: text().primaryKey(),
  role: text({ enum: roles }).notNull(),
  capabilities: text().array().notNull(),
  weight: integer().notNull(),
  concurrency: integer().notNull(),
  executor: text().notNull(),
  updatedAt: timestamp({ withTimezone: true }).notNull().defaultNow(),
});

/** Processes that serve agents, with a heartbeat. */
export const workers = auroraSchema.table(
  'workers',
  {
    id: text().primaryKey(),
    host: text().notNull(),
    /** Names one life of one process of that host (pid and start), so that a reused pid is not taken for it. */
    process: text().notNull(),
    /** `agent → slots` that it serves. */
    slots: jsonb().$type<Readonly<Record<string, number>>>().notNull(),
    startedAt: timestamp({ withTimezone: true }).notNull().defaultNow(),
    heartbeatAt: timestamp({ withTimezone: true }).notNull().defaultNow(),
    stoppedAt: timestamp({ withTimezone: true }),
  },
  (table) => [index('workers_heartbeat').on(table.heartbeatAt)],
);
