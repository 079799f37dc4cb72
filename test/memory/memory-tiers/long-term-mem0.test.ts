import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMem0LongTerm } from '../../../src/memory/memory-tiers/long-term-mem0.ts';
import { describeMemoryTier } from '../conformance.ts';
import { openTestMemoryDatabase } from '../test-memory.ts';

describeMemoryTier(
  'long-term, Mem0 in process',
  { isolatesProjects: false, counts: 'uses' },
  async () => {
    const { db, close } = await openTestMemoryDatabase();
    const directory = await mkdtemp(join(tmpdir(), 'aurora-mem0-'));
    return {
      tier: createMem0LongTerm(db, { directory }),
      close: async () => {
        await close();
        await rm(directory, { recursive: true, force: true });
      },
    };
  },
);
