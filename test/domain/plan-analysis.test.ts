import fc from 'fast-check';
import { expect, test } from 'vitest';
import { analysePlan, kindOf } from '../../src/domain/plan-analysis.ts';
import { globsOverlap } from '../../src/domain/scope-overlap.ts';
import { buildTaskGraph } from '../../src/domain/task-graph.ts';

const task = (id: string, dependsOn: string[] = [], scope: string[] = [], aspect = 'api') => ({
  ...{ id, dependsOn, scope, agent: 'backend', role: 'backend' as const, input: { aspect } },
});
const analyse = (tasks: ReturnType<typeof task>[], kindTime: Record<string, number> = {}) => {
  const built = buildTaskGraph(tasks);
  if (!built.ok) throw new Error('no DAG');
  return analysePlan(built.graph, {
    taskTime: new Map(Object.keys(kindTime).length === 0 ? [] : [['backend', 1_000]]),
    kindTime: new Map(Object.entries(kindTime)),
    slots: new Map([['backend', 4]]),
  });
};

test('the critical path is the chain that takes longest by what attempts of its kinds took', () => {
  const plan = [
    task('a'),
    task('b', ['a']),
    task('c', ['b']),
    task('slow', ['a'], [], 'migration'),
    task('end', ['c', 'slow']),
  ];
  expect(analyse(plan)).toMatchObject({
    ...{ steps: 4, width: 2, estimateMs: null, criticalPath: ['a', 'b', 'c', 'end'] },
  });
  expect(analyse(plan, { 'backend/migration': 9_000, 'backend/api': 2_000 })).toMatchObject({
    ...{ criticalPath: ['a', 'slow', 'end'], estimateMs: 13_000 },
  });
  expect(kindOf({ role: 'backend', input: null })).toBe('backend/');
});

test('tasks at the same time in the same files are named; ordered ones and others are not', () => {
  const plan = [
    task('a', [], ['src/api/**']),
    task('b', [], ['src/**/*.ts']),
    task('c', ['a', 'b'], ['src/api/routes.ts']),
    task('d', [], ['docs/**']),
    task('e', [], []),
  ];
  expect(analyse(plan).overlaps).toEqual([
    { tasks: ['a', 'b'], globs: ['src/api/**', 'src/**/*.ts'] },
  ]);
});

test('globs overlap when some path matches both', () => {
  const cases: [string, string, boolean][] = [
    ['src/a.ts', 'src/a.ts', true],
    ['src/*.ts', 'src/a.*', true],
    ['src/*.ts', 'src/lib/a.ts', false],
    ['src/**', 'src/lib/deep/a.ts', true],
    ['**/*.md', 'docs/**', true],
    ['docs/**', 'src/**', false],
    ['a?.ts', 'ab.ts', true],
    ['a?.ts', 'abc.ts', false],
    ['*', 'a/b', false],
  ];
  for (const [one, other, expected] of cases) {
    expect([one, other, globsOverlap(one, other)]).toEqual([one, other, expected]);
    expect(globsOverlap(other, one)).toBe(expected);
  }
});

test('a path overlaps with what it was made from', () => {
  const part = fc.stringMatching(/^[a-z]{1,4}$/);
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 4 }), fc.nat(3), (parts, at) => {
      const glob = parts.map((each, index) => (index === at ? '*' : each)).join('/');
      expect(globsOverlap(glob, parts.join('/'))).toBe(true);
      expect(globsOverlap('**', parts.join('/'))).toBe(true);
    }),
  );
});
