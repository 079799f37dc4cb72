import { describe, expect, it } from 'vitest';
import { MemoryType } from '../../src/domain/memory.ts';
import { bm25 } from '../../src/memory/bm25.ts';
import { contentHash } from '../../src/memory/content-hash.ts';
import type { TierMemory } from '../../src/memory/memory-tier.ts';
import { fuseRanks, rankHits } from '../../src/memory/ranking.ts';

const now = Date.UTC(2026, 1, 8);
const memory = (content: string, more: Partial<TierMemory> = {}): TierMemory => ({
  id: `working_${content}`,
  tier: 'working',
  type: MemoryType.PATTERN,
  projectId: 'p',
  content,
  contentHash: contentHash(content),
  tags: [],
  metadata: {},
  uses: 0,
  outcomes: 0,
  successes: 0,
  agents: [],
  createdAt: new Date(now),
  expiresAt: null,
  ...more,
});
const rank = (lists: TierMemory[][], text = 'query', limit = 10) =>
  rankHits(
    lists.map((list) => list.map((each) => ({ memory: each, why: ['found'] }))),
    { text, projectId: 'p', limit },
    now,
  );

describe('fuseRanks', () => {
  it('is the sum of reciprocal ranks', () => {
    const scores = fuseRanks([['a', 'b'], ['b']], 60);
    expect(scores.get('a')).toBeCloseTo(1 / 61);
    expect(scores.get('b')).toBeCloseTo(1 / 62 + 1 / 61);
  });
});

describe('rankHits', () => {
  it('prefers a reflexion among equals, and says why', () => {
    const [first] = rank([[memory('aaa bbb'), memory('ccc ddd', { type: MemoryType.REFLEXION })]]);
    expect(first?.memory.content).toBe('ccc ddd');
    expect(first?.why).toEqual(['found', 'learned from a failure']);
  });

  it('does not let a boost outweigh relevance', () => {
    const relevant = Array.from({ length: 6 }, (_, i) =>
      memory(`postgres pool number ${i} ${'xyz'.repeat(i + 1)}`),
    );
    const boosted = memory('unrelated', { type: MemoryType.REFLEXION, uses: 1_000 });
    const ranked = rank([[...relevant, boosted]], 'postgres pool number');
    const place = ranked.findIndex((hit) => hit.memory.content === 'unrelated');
    expect(place).toBeGreaterThanOrEqual(3);
  });

  it("puts the project's own memory before another project's", () => {
    const ranked = rank([[memory('aaa', { projectId: 'q' }), memory('bbb')]]);
    expect(ranked.map((hit) => hit.memory.content)).toEqual(['bbb', 'aaa']);
    expect(ranked[1]?.why).toContain('from another project');
  });

  it('weighs what is known to help above what is known not to', () => {
    const ranked = rank([
      [
        memory('aaa', { outcomes: 10, successes: 0 }),
        memory('bbb', { outcomes: 10, successes: 10 }),
      ],
    ]);
    expect(ranked[0]?.memory.content).toBe('bbb');
    expect(ranked[0]?.why).toContain('helped in 10 of 10 attempts');
  });

  it('keeps the first of those that say the same, and fills up to the limit', () => {
    const same = [memory('Use a connection pool'), memory('use a connection pool.')];
    const ranked = rank([same, [memory('Something else entirely')]], 'pool', 2);
    expect(ranked).toHaveLength(2);
    expect(
      new Set(ranked.map((hit) => hit.memory.content.toLowerCase().replace('.', ''))).size,
    ).toBe(2);
  });
});

describe('bm25', () => {
  const documents = [
    { id: 'a', terms: ['lock', 'table'] },
    { id: 'b', terms: ['lock', 'lock', 'door', 'lock'] },
    { id: 'c', terms: ['table', 'chair'] },
    { id: 'd', terms: ['rare', 'table', 'lock'] },
  ];
  it('values rare terms, and leaves out what shares none', () => {
    const scores = bm25(['rare', 'lock'], documents);
    expect([...scores].sort((x, y) => y[1] - x[1]).map(([id]) => id)).toEqual(['d', 'b', 'a']);
  });
  it('is the formula', () => {
    const idf = Math.log(1 + (4 - 1 + 0.5) / 1.5);
    const norm = 1.2 * (0.25 + (0.75 * 3) / (11 / 4));
    expect(bm25(['rare'], documents).get('d')).toBeCloseTo((idf * 2.2) / (1 + norm));
  });
});
