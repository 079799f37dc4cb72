import type { Problem } from './errors.ts';

/** A task as far as the graph is concerned. */
export interface GraphNode {
  readonly id: string;
  readonly dependsOn: readonly string[];
}

/** Tasks and the edges between them, known to be a directed acyclic graph. */
export interface TaskGraph<T extends GraphNode = GraphNode> {
  /** Dependencies first; among equals in the order given. */
  readonly order: readonly T[];
  readonly byId: ReadonlyMap<string, T>;
  /** For each task the tasks that depend on it. */
  readonly dependents: ReadonlyMap<string, readonly string[]>;
  /** Number of tasks on the longest chain that ends in the task; 1 for a task without dependencies. */
  readonly level: ReadonlyMap<string, number>;
  readonly depth: number;
}

export type GraphResult<T extends GraphNode> =
  | { readonly ok: true; readonly graph: TaskGraph<T> }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Builds the graph, or lists every problem at once: duplicates, unknown ids, self-edges, cycles. */
export function buildTaskGraph<T extends GraphNode>(tasks: readonly T[]): GraphResult<T> {
  const problems: Problem[] = [];
  const byId = new Map<string, T>();
  tasks.forEach((task, index) => {
    if (byId.has(task.id)) {
      problems.push({
        path: `tasks[${index}].id`,
        message: `"${task.id}" is used by an earlier task; ids must be unique`,
      });
    } else byId.set(task.id, task);
  });
  tasks.forEach((task, index) => {
    task.dependsOn.forEach((dependency, position) => {
      const path = `tasks[${index}].dependsOn[${position}]`;
      if (dependency === task.id) {
        problems.push({ path, message: `"${task.id}" depends on itself` });
      } else if (!byId.has(dependency)) {
        problems.push({ path, message: `no task has the id "${dependency}"` });
      }
    });
  });

  const dependents = new Map<string, string[]>([...byId.keys()].map((id) => [id, []]));
  const open = new Map<string, number>();
  for (const task of byId.values()) {
    const known = new Set(task.dependsOn.filter((id) => id !== task.id && byId.has(id)));
    open.set(task.id, known.size);
    for (const dependency of known) dependents.get(dependency)?.push(task.id);
  }

  const level = new Map<string, number>();
  const order: T[] = [];
  const ready = [...byId.values()].filter((task) => open.get(task.id) === 0);
  for (const task of ready) level.set(task.id, 1);
  for (let next = 0; next < ready.length; next++) {
    const task = ready[next] as T;
    order.push(task);
    for (const dependent of dependents.get(task.id) ?? []) {
      level.set(dependent, Math.max(level.get(dependent) ?? 1, (level.get(task.id) ?? 1) + 1));
      const left = (open.get(dependent) ?? 0) - 1;
      open.set(dependent, left);
      if (left === 0) ready.push(byId.get(dependent) as T);
    }
  }
  if (order.length < byId.size) {
    const inCycle = findCycle(byId, new Set(order.map((task) => task.id)));
    problems.push({
      path: 'tasks',
      message: `the dependencies form a cycle: ${inCycle.join(' → ')}`,
    });
  }
  if (problems.length > 0) return { ok: false, problems };
  const depth = order.reduce((deepest, task) => Math.max(deepest, level.get(task.id) ?? 1), 0);
  return { ok: true, graph: { order, byId, dependents, level, depth } };
}

/** Walks dependencies among the tasks that could not be ordered until one repeats. */
function findCycle(byId: ReadonlyMap<string, GraphNode>, ordered: ReadonlySet<string>): string[] {
  const blocked = (id: string) => byId.has(id) && !ordered.has(id);
  const path: string[] = [];
  let current = [...byId.keys()].find(blocked);
  while (current !== undefined && !path.includes(current)) {
    path.push(current);
    current = byId.get(current)?.dependsOn.find((id) => id !== current && blocked(id));
  }
  if (current === undefined) return path;
  return [...path.slice(path.indexOf(current)), current];
}

/**
 * The direct dependencies that no other path implies (transitive reduction). Fewer edges mean fewer
 * links in the queue. Runs over bit sets of ancestors, each kept for as long as somebody needs it:
 * O(V · E / 32) time, V / 8 bytes for each task whose dependents are not all reduced yet.
 */
export function reduceDependencies(graph: TaskGraph): ReadonlyMap<string, readonly string[]> {
  const position = new Map(graph.order.map((task, index) => [task.id, index]));
  const words = Math.ceil(graph.order.length / 32);
  const ancestors = new Map<number, Uint32Array>();
  /** How many dependents of each task are not reduced yet. */
  const needed = graph.order.map((task) => graph.dependents.get(task.id)?.length ?? 0);
  const free: Uint32Array[] = [];
  const reduced = new Map<string, readonly string[]>();
  graph.order.forEach((task, own) => {
    const bits = free.pop()?.fill(0) ?? new Uint32Array(words);
    const kept: number[] = [];
    // A dependency that comes later in the order can imply an earlier one, never the reverse.
    const candidates = [...new Set(task.dependsOn)]
      .map((dependency) => position.get(dependency) as number)
      .sort((a, b) => b - a);
    for (const each of candidates) {
      const word = each >>> 5;
      const bit = 1 << (each & 31);
      if (((bits[word] as number) & bit) === 0) {
        kept.push(each);
        const theirs = ancestors.get(each) as Uint32Array;
        for (let i = 0; i <= word; i++) bits[i] = (bits[i] as number) | (theirs[i] as number);
        bits[word] = (bits[word] as number) | bit;
      }
    }
    ancestors.set(own, bits);
    for (const each of candidates) needed[each] = (needed[each] as number) - 1;
    for (const each of [own, ...candidates].filter((done) => needed[done] === 0)) {
      free.push(ancestors.get(each) as Uint32Array);
      ancestors.delete(each);
    }
    reduced.set(
      task.id,
      kept.reverse().map((each) => (graph.order[each] as GraphNode).id),
    );
  });
  return reduced;
}
