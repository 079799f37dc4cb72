import { describeMemoryTier } from '../conformance.ts';
import { createPostgresShortTerm } from '../../../src/memory/memory-tiers/short-term-postgres.ts';
import { openTestMemoryDatabase } from '../test-memory.ts';

describeMemoryTier(
  'short-term in Postgres',
  { isolatesProjects: true, counts: 'agents' },
  async () => {
    const { db, close } = await openTestMemoryDatabase();
    return {
      tier: createPostgresShortTerm(db),
      withLifetime: (lifetime) => createPostgresShortTerm(db, { lifetime }),
      close,
    };
  },
);
