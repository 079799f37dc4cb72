import { integer, text, timestamp } from 'drizzle-orm/pg-core';
import { auroraSchema } from './aurora-schema.ts';

/**
 * Agents whose attempts kept failing for one reason. Open, so that their tasks wait, until a probe or
 * a person closes it; kept afterwards, since attempts from before count no more.
 */
export const agentCircuits = auroraSchema.table('agent_circuits', {
  agent: text().primaryKey(),
  /** What the failures have in common. */
  signature: text().notNull(),
  /** The last of them, for people. */
  reason: text().notNull(),
  openedAt: timestamp({ withTimezone: true }).notNull().defaultNow(),
  /** Tasks that were let through since. */
  probes: integer().notNull().default(0),
  /** When the next one may be. */
  probeAt: timestamp({ withTimezone: true }).notNull(),
  /** When a parked task was last woken to be it. */
  wokenAt: timestamp({ withTimezone: true }),
  /** Null while it is open. */
  closedAt: timestamp({ withTimezone: true }),
  closedBy: text(),
});
