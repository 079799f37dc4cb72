import { bigserial, index, integer, jsonb, text, timestamp } from 'drizzle-orm/pg-core';
import { messageTypes } from '../../domain/message.ts';
import { auroraSchema } from './aurora-schema.ts';

/** Append-only: every message, written in one commit with the change that it reports. */
export const messages = auroraSchema.table(
  'messages',
  {
    id: bigserial({ mode: 'number' }).primaryKey(),
    type: text({ enum: messageTypes }).notNull(),
    runId: text().notNull(),
    taskId: text(),
    epoch: integer(),
    sender: text().notNull(),
    recipient: text().notNull(),
    correlationId: text(),
    payload: jsonb().$type<Record<string, unknown>>().notNull(),
    createdAt: timestamp({ withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [index('messages_run').on(table.runId, table.id)],
);
