import { sql } from 'drizzle-orm';
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
    /** When memory took in a PATTERN_STORE; until then the message stands in for the memory. */
    heardAt: timestamp({ withTimezone: true }),
  },
  (table) => [
    index('messages_run').on(table.runId, table.id),
    index('messages_news')
      .on(table.runId, table.id)
      .where(sql`type in ('PATTERN_STORE', 'SCOPE_MOVED', 'FILES_SHARED')`),
    index('messages_unheard')
      .on(table.id)
      .where(sql`type = 'PATTERN_STORE' and heard_at is null`),
  ],
);
