import { describe, expect, test } from 'vitest';
import { mostWays, whomToGiveWay } from '../../src/domain/give-way.ts';

const busy = [
  { taskId: 'api', files: ['src/api/a.ts', 'README.md'] },
  { taskId: 'page', files: ['src/page.ts'] },
];
const elsewhere = ['docs/**'];
const way = (scope: string[], ready: string[][] = [elsewhere], gaveWay: { to: string }[] = []) =>
  whomToGiveWay({ scope, gaveWay: gaveWay.map((one) => ({ ...one, file: 'f' })) }, busy, ready);

describe('a task lets another one go first', () => {
  test('that is changing a file of its scope', () => {
    expect(way(['src/api/**'])).toEqual({ to: 'api', file: 'src/api/a.ts' });
    expect(way(['src/page.ts'])).toEqual({ to: 'page', file: 'src/page.ts' });
    expect(way(['src/other/**'])).toBe(null);
    expect(way(['**/README.md'])).toEqual({ to: 'api', file: 'README.md' });
    expect(way(['**/page.*'])).toEqual({ to: 'page', file: 'src/page.ts' });
    expect(way(['*/a.ts', '**/*.md?'])).toBe(null);
  });

  test('never without a scope', () => {
    expect(way([])).toBe(null);
  });

  test('only while somebody has work that meets nobody', () => {
    expect(way(['src/**'], [])).toBe(null);
    expect(way(['src/**'], [['src/page.ts'], ['README.md']])).toBe(null);
    expect(way(['src/**'], [['src/page.ts'], []])).not.toBe(null);
  });

  test('not where very many files are being changed', () => {
    const many = { taskId: 'all', files: Array.from({ length: 2_001 }, (_, index) => `f${index}`) };
    const task = { scope: ['src/**'], gaveWay: [] };
    expect(whomToGiveWay(task, [...busy, many], [elsewhere])).toBe(null);
  });

  test('once, and a bounded number of them', () => {
    expect(way(['src/**'], [elsewhere], [{ to: 'api' }])).toEqual({
      to: 'page',
      file: 'src/page.ts',
    });
    expect(way(['src/**'], [elsewhere], [{ to: 'api' }, { to: 'page' }])).toBe(null);
    const others = Array.from({ length: mostWays }, (_, index) => ({ to: `t${index}` }));
    expect(way(['src/**'], [elsewhere], others)).toBe(null);
  });
});
