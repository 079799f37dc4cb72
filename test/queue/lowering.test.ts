import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  buildTaskGraph,
  reduceDependencies,
  type GraphNode,
  type TaskGraph,
} from '../../src/domain/task-graph.ts';
import { bucketSize, lowerGraph, type FlowNode } from '../../src/queue/lowering.ts';
import { randomDag } from '../support/random-dag.ts';

function graphOf(tasks: GraphNode[]): TaskGraph {
  const built = buildTaskGraph(tasks);
  if (!built.ok) throw new Error('not a DAG');
  return built.graph;
}

function* walk(
  nodes: readonly FlowNode[],
  parent: string | null,
): Generator<[FlowNode, string | null]> {
  for (const node of nodes) {
    yield [node, parent];
    if (node.kind === 'bucket') yield* walk(node.children, parent);
    if (node.kind === 'task') yield* walk(node.children, node.id);
  }
}

/** Runs the tree as BullMQ does: a node starts when its children are gone, in any order. */
function simulate(graph: TaskGraph, pick: (choices: number) => number): string[] {
  const { roots, links } = lowerGraph(graph);
  const open = new Map<string, Set<string>>();
  for (const [node, parent] of walk(roots, null)) {
    if (node.kind === 'task' && !open.has(node.id)) open.set(node.id, new Set());
    if (parent === null || node.kind === 'bucket') continue;
    const name = node.kind === 'task' ? node.id : `${node.from}~${node.to}`;
    open.set(parent, (open.get(parent) ?? new Set()).add(name));
  }
  const started: string[] = [];
  const waiting = new Set(open.keys());
  while (waiting.size > 0) {
    const ready = [...waiting].filter((id) => open.get(id)?.size === 0);
    const next = ready[pick(ready.length)];
    if (next === undefined) throw new Error('stuck');
    waiting.delete(next);
    started.push(next);
    for (const to of links.get(next) ?? []) open.get(to)?.delete(`${next}~${to}`);
    for (const children of open.values()) children.delete(next);
  }
  return started;
}

test('any DAG: each task exactly once, none before its dependencies, nothing stuck', () => {
  fc.assert(
    fc.property(randomDag(40), fc.infiniteStream(fc.nat()), (tasks, choices) => {
      const graph = graphOf(tasks);
      const order = simulate(graph, (n) => (choices.next().value as number) % Math.max(1, n));
      expect([...order].sort()).toEqual(tasks.map((task) => task.id).sort());
      const position = new Map(order.map((id, index) => [id, index]));
      for (const task of tasks) {
        for (const dependency of task.dependsOn) {
          expect(position.get(dependency)).toBeLessThan(position.get(task.id) as number);
        }
      }
    }),
  );
});

test('links are exactly the edges of the reduced graph that are not primary', () => {
  fc.assert(
    fc.property(randomDag(40), (tasks) => {
      const graph = graphOf(tasks);
      const { roots, links } = lowerGraph(graph);
      const inTree = new Set<string>();
      for (const [node, parent] of walk(roots, null)) {
        if (parent === null || node.kind === 'bucket') continue;
        if (node.kind === 'task') inTree.add(`${node.id}>${parent}`);
        else {
          expect(node.to).toBe(parent);
          inTree.add(`${node.from}>${node.to}`);
          expect(links.get(node.from)).toContain(node.to);
        }
      }
      const reduced = [...reduceDependencies(graph)].flatMap(([id, dependencies]) =>
        dependencies.map((dependency) => `${dependency}>${id}`),
      );
      expect([...inTree].sort()).toEqual(reduced.sort());
    }),
  );
});

test('no parent has more children than a bucket holds', () => {
  const wide = Array.from({ length: 1_203 }, (_, index) => ({ id: `w${index}`, dependsOn: [] }));
  const join = { id: 'join', dependsOn: wide.map((task) => task.id) };
  const { roots } = lowerGraph(graphOf([...wide, join]));
  const sizes: number[] = [roots.length];
  for (const [node] of walk(roots, null))
    if (node.kind !== 'link') sizes.push(node.children.length);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(bucketSize);
  expect([...walk(roots, null)].filter(([node]) => node.kind === 'task')).toHaveLength(1_204);
});
