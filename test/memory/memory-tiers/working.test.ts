import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWorkingTier, type WorkingTier } from '../../../src/memory/memory-tiers/working.ts';
import { describeMemoryTier, entry } from '../conformance.ts';
import { openTestMemoryDatabase } from '../test-memory.ts';

describeMemoryTier('working', { isolatesProjects: true, counts: 'agents' }, async () => {
  const { db, close } = await openTestMemoryDatabase();
  return {
    tier: createWorkingTier(db),
    withLifetime: (lifetime) => createWorkingTier(db, { lifetime }),
    close,
  };
});

describe('search of working memory', () => {
  let opened: Awaited<ReturnType<typeof openTestMemoryDatabase>>;
  let tier: WorkingTier;
  beforeAll(async () => {
    opened = await openTestMemoryDatabase();
    tier = createWorkingTier(opened.db);
    const memories: readonly (readonly [string, readonly string[]])[] = [
      ['Call normaliseTenantName before comparing names', []],
      ['Kubernetes probes need a timeout of five seconds', []],
      ['Always answer with problem details', ['http']],
    ];
    for (const [content, tags] of memories) {
      await tier.store(entry(content, { projectId: 'search', tags }));
    }
  });
  afterAll(() => opened.close());
  const find = async (text: string) =>
    (await tier.search({ projectId: 'search', text, tags: [], limit: 5 })).map(
      ({ memory }) => memory.content,
    );

  it('finds the parts of an identifier', async () => {
    expect((await find('tenant'))[0]).toContain('normaliseTenantName');
  });
  it('finds other forms of a word', async () => {
    expect((await find('probing'))[0]).toContain('probes');
  });
  it('finds tags', async () => {
    expect((await find('HTTP errors'))[0]).toContain('problem details');
  });
  it('forgives spelling, by trigrams', async () => {
    const { rows } = await opened.pool.query(
      "select 1 from pg_extension where extname = 'pg_trgm'",
    );
    expect(rows).toHaveLength(1); // the embedded Postgres brings it
    expect((await find('kuberntes'))[0]).toContain('Kubernetes');
  });
});
