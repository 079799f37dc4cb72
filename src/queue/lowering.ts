import { reduceDependencies, type TaskGraph } from '../domain/task-graph.ts';

/** More children than this under one parent make adding slow on Postgres (quadratic, measured). */
export const bucketSize = 500;

/** A node of the tree that a DAG becomes. */
export type FlowNode =
  | { readonly kind: 'task'; readonly id: string; readonly children: readonly FlowNode[] }
  /** Stands for the edge `from → to`; removed when `from` is finished. */
  | { readonly kind: 'link'; readonly from: string; readonly to: string }
  /** Groups children of one parent; does nothing. */
  | { readonly kind: 'bucket'; readonly index: number; readonly children: readonly FlowNode[] };

export interface LoweredFlow {
  /** Children of the run job. */
  readonly roots: readonly FlowNode[];
  /** For each task the dependents to which it has a link, to be removed when it is finished. */
  readonly links: ReadonlyMap<string, readonly string[]>;
}

/**
 * Lowers a DAG to a tree, which is all that BullMQ's flows know: each task hangs under one of its
 * dependents (the primary), and every other dependent gets a link child in its place. A parent
 * starts when all its children are gone, so a task starts when all its dependencies are finished.
 * Edges that others imply are left out first (transitive reduction).
 */
export function lowerGraph(graph: TaskGraph): LoweredFlow {
  const reduced = reduceDependencies(graph);
  const dependents = new Map<string, string[]>(graph.order.map((task) => [task.id, []]));
  for (const task of graph.order) {
    for (const dependency of reduced.get(task.id) ?? []) dependents.get(dependency)?.push(task.id);
  }
  const children = new Map<string, FlowNode[]>(graph.order.map((task) => [task.id, []]));
  const links = new Map<string, readonly string[]>();
  const sinks: FlowNode[] = [];
  // Dependencies first, so that a node's own children are complete before it becomes a child.
  for (const task of graph.order) {
    const node: FlowNode = {
      kind: 'task',
      id: task.id,
      children: inBuckets(children.get(task.id) ?? []),
    };
    const [primary, ...others] = dependents.get(task.id) ?? [];
    if (primary === undefined) sinks.push(node);
    else children.get(primary)?.push(node);
    for (const other of others) {
      children.get(other)?.push({ kind: 'link', from: task.id, to: other });
    }
    links.set(task.id, others);
  }
  return { roots: inBuckets(sinks), links };
}

function inBuckets(nodes: readonly FlowNode[]): readonly FlowNode[] {
  if (nodes.length <= bucketSize) return nodes;
  return Array.from({ length: Math.ceil(nodes.length / bucketSize) }, (_, index) => ({
    kind: 'bucket' as const,
    index,
    children: nodes.slice(index * bucketSize, (index + 1) * bucketSize),
  }));
}
