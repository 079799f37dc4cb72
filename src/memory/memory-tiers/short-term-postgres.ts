import type { Db } from '../../storage/database.ts';
import { createSessionMemoryStore } from '../../storage/session-memory-store.ts';
import type { MemoryTier } from '../memory-tier.ts';
import { createShortTermTier, type ShortTermOptions } from './short-term.ts';

/** Session context in an unlogged Postgres table, for installations without Redis. */
export function createPostgresShortTerm(db: Db, options: ShortTermOptions = {}): MemoryTier {
  return createShortTermTier(createSessionMemoryStore(db), options);
}
