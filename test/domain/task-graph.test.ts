import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { buildTaskGraph, reduceDependencies, type GraphNode } from '../../src/domain/task-graph.ts';

/** Random DAGs: each task may depend on earlier ones of a hidden order; then they are shuffled. */
const dag: fc.Arbitrary<GraphNode[]> = fc
  .integer({ min: 1, max: 40 })
  .chain((size) =>
    fc.tuple(
      fc.tuple(
        ...Array.from({ length: size }, (_, index) =>
          fc.subarray(Array.from({ length: index }, (__, earlier) => `t${earlier}`)),
        ),
      ),
      fc.array(fc.nat(), { minLength: size, maxLength: size }),
    ),
  )
  .map(([edges, keys]) =>
    edges
      .map((dependsOn, index) => ({ id: `t${index}`, dependsOn, key: keys[index] ?? 0 }))
      .sort((a, b) => a.key - b.key)
      .map(({ id, dependsOn }) => ({ id, dependsOn })),
  );

function graphOf(tasks: readonly GraphNode[]) {
  const result = buildTaskGraph(tasks);
  if (!result.ok) throw new Error(`not a graph: ${JSON.stringify(result.problems)}`);
  return result.graph;
}

/** All ancestors of each task, computed the plain way. */
function closure(edges: ReadonlyMap<string, readonly string[]>): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  const visit = (id: string): Set<string> => {
    const known = found.get(id);
    if (known) return known;
    const all = new Set<string>();
    for (const dependency of edges.get(id) ?? []) {
      all.add(dependency);
      for (const further of visit(dependency)) all.add(further);
    }
    found.set(id, all);
    return all;
  };
  for (const id of edges.keys()) visit(id);
  return found;
}

const edgesOf = (tasks: readonly GraphNode[]) => new Map(tasks.map((t) => [t.id, t.dependsOn]));

describe('a graph of any DAG', () => {
  test('orders every task once, after all it depends on', () => {
    fc.assert(
      fc.property(dag, (tasks) => {
        const { order } = graphOf(tasks);
        const position = new Map(order.map(({ id }, index) => [id, index]));
        expect(position.size).toBe(tasks.length);
        for (const { id, dependsOn } of tasks) {
          for (const dependency of dependsOn) {
            expect(position.get(dependency)).toBeLessThan(position.get(id) as number);
          }
        }
      }),
    );
  });

  test('knows the longest chain to each task, and the dependents', () => {
    fc.assert(
      fc.property(dag, (tasks) => {
        const { level, depth, dependents, byId } = graphOf(tasks);
        for (const { id, dependsOn } of tasks) {
          const below = Math.max(0, ...dependsOn.map((dependency) => level.get(dependency) ?? 0));
          expect(level.get(id)).toBe(below + 1);
          for (const dependency of dependsOn) expect(dependents.get(dependency)).toContain(id);
          for (const dependent of dependents.get(id) ?? []) {
            expect(byId.get(dependent)?.dependsOn).toContain(id);
          }
        }
        expect(depth).toBe(Math.max(...level.values()));
      }),
    );
  });

  test('reduces to edges that keep every ancestor and of which none can go', () => {
    fc.assert(
      fc.property(dag, (tasks) => {
        const reduced = reduceDependencies(graphOf(tasks));
        const full = closure(edgesOf(tasks));
        expect(closure(reduced)).toEqual(full);
        for (const [id, dependencies] of reduced) {
          for (const dependency of dependencies) {
            const others = dependencies.filter((other) => other !== dependency);
            const implied = others.some((other) => full.get(other)?.has(dependency));
            expect(implied, `${id} → ${dependency}`).toBe(false);
          }
        }
      }),
    );
  });
});

describe('what is no DAG', () => {
  test('a back edge anywhere is found, and the cycle printed is a real one', () => {
    fc.assert(
      fc.property(dag, fc.nat(), fc.nat(), (tasks, first, second) => {
        const { order } = graphOf(tasks);
        fc.pre(order.length > 1);
        const early = order[first % (order.length - 1)] as GraphNode;
        const earlyAt = order.indexOf(early);
        const late = order[earlyAt + 1 + (second % (order.length - earlyAt - 1))] as GraphNode;
        const broken = tasks.map((task) => {
          if (task === early) return { ...task, dependsOn: [...task.dependsOn, late.id] };
          return task === late
            ? { ...task, dependsOn: [...new Set([...task.dependsOn, early.id])] }
            : task;
        });
        const result = buildTaskGraph(broken);
        expect(result.ok).toBe(false);
        const message = (result.ok ? [] : result.problems).map((p) => p.message).join('\n');
        const cycle = (/cycle: (.*)$/m.exec(message)?.[1] ?? '').split(' → ');
        expect(cycle.length).toBeGreaterThan(2);
        expect(cycle[0]).toBe(cycle.at(-1));
        const edges = edgesOf(broken);
        cycle.slice(0, -1).forEach((id, index) => {
          expect(edges.get(id)).toContain(cycle[index + 1]);
        });
      }),
    );
  });

  test('a self-edge is named with its place and is not taken for a cycle', () => {
    expect(buildTaskGraph([{ id: 'a', dependsOn: ['a'] }])).toEqual({
      ok: false,
      problems: [{ path: 'tasks[0].dependsOn[0]', message: '"a" depends on itself' }],
    });
  });

  test('duplicates, unknown ids, self-edges and cycles are listed together', () => {
    const result = buildTaskGraph([
      { id: 'a', dependsOn: ['b', 'ghost'] },
      { id: 'b', dependsOn: ['a'] },
      { id: 'c', dependsOn: ['c'] },
      { id: 'a', dependsOn: [] },
    ]);
    expect(result.ok ? [] : result.problems).toEqual([
      { path: 'tasks[3].id', message: '"a" is used by an earlier task; ids must be unique' },
      { path: 'tasks[0].dependsOn[1]', message: 'no task has the id "ghost"' },
      { path: 'tasks[2].dependsOn[0]', message: '"c" depends on itself' },
      { path: 'tasks', message: 'the dependencies form a cycle: a → b → a' },
    ]);
  });
});

test('the same dependency named twice is one edge', () => {
  const graph = graphOf([
    { id: 'a', dependsOn: [] },
    { id: 'b', dependsOn: ['a', 'a'] },
  ]);
  expect(graph.dependents.get('a')).toEqual(['b']);
  expect(reduceDependencies(graph).get('b')).toEqual(['a']);
});

test('a chain of 20,000 tasks does not overflow the stack', () => {
  const tasks = Array.from({ length: 20_000 }, (_, index) => ({
    id: `t${index}`,
    dependsOn: index === 0 ? [] : [`t${index - 1}`],
  }));
  expect(graphOf(tasks).depth).toBe(20_000);
});
