import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWorkingTier, type WorkingTier } from '../../../src/memory/memory-tiers/working.ts';
import { waitFor } from '../../support/wait-for.ts';
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
  it('forgives spelling', async () => {
    expect((await find('kuberntes'))[0]).toContain('Kubernetes');
  });

  it('sees at once what other processes store, change, remove and sweep', async () => {
    const other = createWorkingTier(opened.db);
    const brief = createWorkingTier(opened.db, { lifetime: 1 });
    const own = { projectId: 'processes' };
    const search = async (text: string) =>
      (await tier.search({ ...own, text, tags: [], limit: 5 })).map(({ memory }) => memory.content);
    expect(await search('parrot')).toEqual([]);
    const parrot = await other.store(entry('The parrot sits on the mast', own));
    await other.store(entry('The anchor is up', own));
    expect(await search('parrot')).toEqual(['The parrot sits on the mast']);
    await other.store(entry('The parrot sits on the mast', { ...own, tags: ['feathers'] }));
    expect(await search('feathers')).toEqual(['The parrot sits on the mast']);
    await other.forget(parrot.id);
    expect(await search('parrot')).toEqual([]);
    await brief.store(entry('The monkey climbs', own));
    expect(await waitFor(() => brief.expire())).toBe(1);
    expect(await search('monkey')).toEqual([]);
    expect(await search('anchor')).toEqual(['The anchor is up']);
    // Removed by hand, past the store.
    await opened.pool.query("delete from aurora.memories where project_id = 'processes'");
    expect(await search('anchor')).toEqual([]);
  });

  it('answers by full text while the index is read, when nobody would wait for it', async () => {
    const own = { projectId: 'cold' };
    await tier.store(
      entry('Rotate the signing keys before they expire', { ...own, tags: ['keys'] }),
    );
    await tier.store(entry('The anchor is up', own));
    const cold = createWorkingTier(opened.db);
    // No index is read within no time at all.
    const ask = (text: string, tags: string[] = []) =>
      cold.search({ ...own, text, tags, limit: 5, budget: 0 });
    const [hit, ...others] = await ask('When are signing keys rotated?');
    expect(hit?.memory.content).toContain('Rotate the signing keys');
    expect(hit?.why).toEqual([expect.stringContaining('full text')]);
    expect(others).toEqual([]);
    expect(await ask('anchor', ['keys'])).toEqual([]);
    expect(await ask('the of and')).toEqual([]);
  });

  it('loses no change to two writers at once', async () => {
    const own = { projectId: 'writers' };
    await Promise.all(
      Array.from({ length: 40 }, async (_, i) => {
        await createWorkingTier(opened.db).store(entry(`Fact number${i} of a writer`, own));
        await tier.search({ ...own, text: 'writer', tags: [], limit: 5 });
      }),
    );
    const hits = await tier.search({ ...own, text: 'writer', tags: [], limit: 100 });
    expect(hits).toHaveLength(40);
  });
});
