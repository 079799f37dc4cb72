import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MemoryType } from '../../src/domain/memory.ts';
import { contentHash } from '../../src/memory/content-hash.ts';
import type { MemoryEntry, MemoryTier } from '../../src/memory/memory-tier.ts';
import { waitFor } from '../support/wait-for.ts';

export interface TierUnderTest {
  readonly tier: MemoryTier;
  /** The same storage with another lifetime in milliseconds; absent where memories never expire. */
  readonly withLifetime?: (lifetime: number) => MemoryTier;
  close(): Promise<void>;
}

export function entry(content: string, more: Partial<MemoryEntry> = {}): MemoryEntry {
  return {
    projectId: 'notes',
    type: MemoryType.PATTERN,
    content,
    contentHash: contentHash(content),
    tags: [],
    metadata: {},
    ...more,
  };
}

/** What every memory tier promises, whatever it is kept in. */
export function describeMemoryTier(
  name: string,
  promises: { readonly isolatesProjects: boolean; readonly counts: 'agents' | 'uses' | 'nothing' },
  open: () => Promise<TierUnderTest>,
): void {
  describe(`memory tier: ${name}`, () => {
    let under: TierUnderTest;
    let tier: MemoryTier;
    beforeAll(async () => {
      under = await open();
      tier = under.tier;
    });
    afterAll(() => under.close());

    /** A project of its own for each test: the storage is shared. */
    const project = () => `project-${randomUUID()}`;
    const query = (projectId: string, text: string, more = {}) => ({
      projectId,
      text,
      tags: [],
      limit: 5,
      ...more,
    });

    it('gives back what it was given', async () => {
      const projectId = project();
      const metadata = { file: 'src/app.ts', line: 3, nested: { list: [1, 'two', null] } };
      const stored = await tier.store(
        entry(`Log request ids in every service, ${projectId}`, {
          projectId,
          type: MemoryType.DECISION,
          tags: ['logging', 'tracing'],
          metadata,
        }),
      );
      expect(stored).toMatchObject({
        projectId,
        tier: tier.name,
        type: 'decision',
        content: `Log request ids in every service, ${projectId}`,
        tags: ['logging', 'tracing'],
        metadata,
        uses: 0,
        outcomes: 0,
        successes: 0,
      });
      expect(stored.id).toMatch(new RegExp(`^${tier.name}_`));
      expect(await tier.get(stored.id)).toMatchObject({ id: stored.id, metadata });
    });

    it('finds the memory that answers a natural question, before others', async () => {
      const projectId = project();
      const texts = [
        'Use a connection pool for Postgres with at most ten clients',
        'Use Pydantic v2 model_validator for complex validation of nested objects',
        'Buttons are rendered with the design system primary colour',
      ];
      for (const text of texts) await tier.store(entry(text, { projectId }));
      const hits = await tier.search(query(projectId, 'How to validate nested objects in FastAPI'));
      expect(hits[0]?.memory.content).toBe(texts[1]);
      expect(hits[0]?.why.length).toBeGreaterThan(0);
      expect(hits.map(({ memory }) => memory.content)).not.toContain(texts[2]);
    });

    it('returns at most the limit', async () => {
      const projectId = project();
      for (let i = 0; i < 6; i++) {
        await tier.store(
          entry(`Retry webhook deliveries, variant ${i} of ${projectId}`, { projectId }),
        );
      }
      const hits = await tier.search(query(projectId, 'retry webhook deliveries', { limit: 3 }));
      expect(hits).toHaveLength(3);
    });

    it('finds nothing where nothing is alike', async () => {
      const projectId = project();
      await tier.store(entry('Postgres pools hold ten clients', { projectId }));
      expect(await tier.search(query(projectId, 'zzzz qqqq'))).toEqual([]);
      expect(await tier.search(query(projectId, 'the of and'))).toEqual([]);
    });

    it('keeps the same content once, also when stored at the same time', async () => {
      const projectId = project();
      const content = `Cache invalidation needs a version column ${projectId}`;
      const stored = await Promise.all(
        Array.from({ length: 8 }, (_, i) =>
          tier.store(entry(content, { projectId, tags: ['cache', `tag-${i % 2}`] })),
        ),
      );
      expect(new Set(stored.map(({ id }) => id)).size).toBe(1);
      const hits = await tier.search(query(projectId, `version column ${projectId}`));
      expect(hits.filter(({ memory }) => memory.content === content)).toHaveLength(1);
    });

    it('adds the tags of a repeated store', async () => {
      const projectId = project();
      const content = `Sessions are kept in signed cookies ${projectId}`;
      const first = await tier.store(entry(content, { projectId, tags: ['auth'] }));
      const second = await tier.store(entry(content, { projectId, tags: ['session'] }));
      expect(second.id).toBe(first.id);
      expect(second.tags).toEqual(['auth', 'session']);
      expect((await tier.get(first.id))?.tags).toEqual(['auth', 'session']);
    });

    it('filters by tag', async () => {
      const projectId = project();
      await tier.store(entry('Index foreign keys for joins', { projectId, tags: ['database'] }));
      await tier.store(entry('Index pages for search engines', { projectId, tags: ['frontend'] }));
      const hits = await tier.search(query(projectId, 'index', { tags: ['frontend', 'other'] }));
      expect(hits.map(({ memory }) => memory.content)).toEqual(['Index pages for search engines']);
    });

    it(
      promises.isolatesProjects
        ? 'shows a project its own memories only'
        : 'shows every project all memories',
      async () => {
        const [mine, other] = [project(), project()];
        const content = `Migrations run under an advisory lock ${randomUUID()}`;
        await tier.store(entry(content, { projectId: other }));
        const hits = await tier.search(query(mine, 'migrations advisory lock', { limit: 50 }));
        const found = hits.some(({ memory }) => memory.content === content);
        expect(found).toBe(!promises.isolatesProjects);
      },
    );

    it('counts uses and outcomes, and passes over ids that are gone', async () => {
      const projectId = project();
      const { id } = await tier.store(entry(`Count me ${projectId}`, { projectId }));
      const gone = `${tier.name}_00000000-0000-4000-8000-000000000000`;
      await Promise.all([
        tier.markUsed([id, gone], 'backend'),
        tier.markUsed([id], 'frontend'),
        tier.markUsed([id, 'elsewhere_1', 'nonsense'], 'backend'),
      ]);
      await tier.recordOutcome([id, gone], true);
      await tier.recordOutcome([id], false);
      const memory = await tier.get(id);
      const counted = { uses: 3, outcomes: 2, successes: 1 };
      const nothing = { uses: 0, outcomes: 0, successes: 0 };
      expect(memory).toMatchObject(promises.counts === 'nothing' ? nothing : counted);
      if (promises.counts === 'agents') {
        expect([...(memory?.agents ?? [])].sort()).toEqual(['backend', 'frontend']);
      }
      expect(await tier.get(gone)).toBeUndefined();
    });

    it('names what has earned the next tier until it went there', async () => {
      if (promises.counts !== 'agents' || promises.isolatesProjects === false) return;
      if (tier.promotable === undefined || tier.name !== 'short') return;
      const projectId = project();
      const stored = await Promise.all(
        ['once', 'thrice', 'by two', 'twice by one'].map((content) =>
          tier.store(entry(`Used ${content}, ${projectId}`, { projectId })),
        ),
      );
      const [once, thrice, byTwo, twice] = stored.map(({ id }) => id) as [
        ...[string, string, string, string],
      ];
      for (const used of [once, thrice, thrice, thrice]) await tier.markUsed([used]);
      for (const agent of ['backend', 'frontend']) await tier.markUsed([byTwo], agent);
      for (let i = 0; i < 2; i++) await tier.markUsed([twice], 'backend');
      const ours = async (among?: readonly string[]) =>
        ((await tier.promotable?.(100, among)) ?? []).filter((id) =>
          stored.some((each) => each.id === id),
        );
      expect((await ours()).sort()).toEqual([thrice, byTwo].sort());
      expect(await ours([once, thrice])).toEqual([thrice]);
      await tier.settlePromotion?.(thrice);
      await tier.markUsed([thrice], 'database');
      await tier.forget(byTwo);
      expect(await ours()).toEqual([]);
      expect(await tier.get(thrice)).toMatchObject({ uses: 4, metadata: {} });
    });

    it('forgets', async () => {
      const projectId = project();
      const { id } = await tier.store(entry(`Forget me please ${projectId}`, { projectId }));
      const same = entry(` forget ME  please ${projectId}`, { projectId });
      expect(await tier.idOf(same)).toBe(id);
      expect(await tier.forget(id)).toBe(true);
      expect(await tier.idOf(same)).toBeUndefined();
      expect(await tier.forget(id)).toBe(false);
      expect(await tier.forget('nonsense')).toBe(false);
      expect(await tier.get(id)).toBeUndefined();
      const hits = await tier.search(query(projectId, `forget me ${projectId}`, { limit: 50 }));
      expect(hits.map(({ memory }) => memory.id)).not.toContain(id);
    });

    it('survives hostile text', async () => {
      const projectId = project();
      const hostile = [
        `'; drop table memories; -- ${projectId}`,
        `emoji 🦊🦊 ελληνικά 日本語テキスト ${projectId}`,
        `& | ! ( ) <-> :* "unbalanced ${projectId}`,
        `${'long '.repeat(2_000)}${projectId}`,
        `{"json": [1, 2], "$where": "1"} ${projectId}`,
      ];
      for (const content of hostile) {
        const stored = await tier.store(entry(content, { projectId }));
        expect((await tier.get(stored.id))?.content).toBe(content);
        await expect(tier.search(query(projectId, content))).resolves.toBeInstanceOf(Array);
      }
    });

    it('expires what nobody uses, and keeps what is used', async () => {
      if (under.withLifetime === undefined) {
        const { id } = await tier.store(entry(`Permanent ${project()}`));
        expect((await tier.get(id))?.expiresAt).toBeNull();
        expect(await tier.expire()).toBe(0);
        return;
      }
      const brief = under.withLifetime(300);
      const lasting = under.withLifetime(3_600_000);
      const projectId = project();
      const lost = await brief.store(entry(`Lost context ${projectId}`, { projectId }));
      const used = await brief.store(entry(`Used context ${projectId}`, { projectId }));
      await lasting.markUsed([used.id]);
      await waitFor(async () => (await tier.get(lost.id)) === undefined, { what: 'expiry' });
      const hits = await tier.search(query(projectId, `context ${projectId}`));
      expect(hits.map(({ memory }) => memory.id)).toEqual([used.id]);
      await tier.expire();
      expect(await tier.get(used.id)).toMatchObject({ uses: 1 });
      // A use after the end does not bring it back.
      await tier.markUsed([lost.id]);
      expect(await tier.get(lost.id)).toBeUndefined();
      const again = await lasting.store(entry(`Lost context ${projectId}`, { projectId }));
      expect(again.uses).toBe(0);
    });
  });
}
