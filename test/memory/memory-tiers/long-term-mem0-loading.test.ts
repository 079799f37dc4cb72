import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createMem0LongTerm } from '../../../src/memory/memory-tiers/long-term-mem0.ts';
import { entry } from '../conformance.ts';
import { openTestMemoryDatabase } from '../test-memory.ts';

it('loads Mem0 at the first memory, with its telemetry off, and not before', async () => {
  const { db, close } = await openTestMemoryDatabase();
  const directory = await mkdtemp(join(tmpdir(), 'aurora-mem0-'));
  // Set right before Mem0 is loaded: what tells that it is.
  delete process.env['MEM0_TELEMETRY'];
  const tier = createMem0LongTerm(db, { directory });
  const query = { projectId: 'p', text: 'anything', tags: [], limit: 5 };
  expect(await tier.search(query)).toEqual([]);
  expect(await tier.get('long_00000000-0000-4000-8000-000000000000')).toBeUndefined();
  expect(process.env['MEM0_TELEMETRY']).toBeUndefined();
  await tier.store(entry('Remember anything'));
  expect(process.env['MEM0_TELEMETRY']).toBe('false');
  expect(await tier.search(query)).toHaveLength(1);
  await close();
  await rm(directory, { recursive: true, force: true });
});
