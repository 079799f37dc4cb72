import type { Task } from '../../domain/task.ts';
import { clip } from './requirement-title.ts';

/** `taskId → dependency → reason`. */
type Reasons = Readonly<Record<string, Readonly<Record<string, string>>>>;

export interface Unravelled {
  readonly tasks: readonly Task[];
  readonly reasons: Reasons;
  /** One sentence for each cycle that was broken. */
  readonly notes: readonly string[];
}

/**
 * Breaks the cycles in what a planner proposes: tasks that need each other agree on a contract first
 * and then need only that. Each strongly connected component (Tarjan, 1972) gets one contract task,
 * which needs what its members need from outside; the edges among the members go.
 */
export function breakCycles(tasks: readonly Task[], reasons: Reasons): Unravelled {
  const cycles = components(tasks).filter(
    (ids) =>
      ids.length > 1 || tasks.some(({ id, dependsOn }) => id === ids[0] && dependsOn.includes(id)),
  );
  if (cycles.length === 0) return { tasks, reasons, notes: [] };
  const taken = new Set(tasks.map(({ id }) => id));
  const byId = new Map(tasks.map((task) => [task.id, { ...task }]));
  const added: Task[] = [];
  const why: Record<string, Record<string, string>> = Object.fromEntries(
    Object.entries(reasons).map(([id, edges]) => [id, { ...edges }]),
  );
  const notes = cycles.map((ids) => {
    const members = ids.map((id) => byId.get(id) as Task);
    if (members.length === 1) {
      const [alone] = members as [Task];
      alone.dependsOn = alone.dependsOn.filter((id) => id !== alone.id);
      delete why[alone.id]?.[alone.id];
      return `The plan had "${alone.id}" wait for itself; it no longer does.`;
    }
    const inside = new Set(ids);
    const contract = contractOf(members, freeId(`contract-${ids[0]}`, taken));
    taken.add(contract.id);
    added.push(contract);
    why[contract.id] = Object.fromEntries(
      contract.dependsOn.map((id) => [id, 'those who need the contract need it']),
    );
    for (const member of members) {
      const kept = member.dependsOn.filter((id) => !inside.has(id));
      for (const id of inside) delete why[member.id]?.[id];
      member.dependsOn = [contract.id, ...kept];
      (why[member.id] ??= {})[contract.id] = 'it breaks the circle of tasks that need each other';
    }
    return `The plan had a circle, ${[...ids, ids[0]].join(' → ')}; "${contract.id}" now fixes what they share first.`;
  });
  const first = new Map(
    added.map((contract, index) => [cycles.filter((ids) => ids.length > 1)[index]?.[0], contract]),
  );
  return {
    tasks: tasks.flatMap(({ id }) => [
      ...(first.get(id) ? [first.get(id) as Task] : []),
      byId.get(id) as Task,
    ]),
    reasons: why,
    notes,
  };
}

function contractOf(members: readonly Task[], id: string): Task {
  const ids = new Set(members.map((member) => member.id));
  const [first] = members as [Task];
  const { agent: _agent, verify: _verify, ...base } = first;
  return {
    ...base,
    id,
    title: clip(`Contract between ${members.map(({ title }) => title).join(' and ')}`, 200),
    role: 'architect',
    capabilities: [],
    dependsOn: [...new Set(members.flatMap(({ dependsOn }) => dependsOn))].filter(
      (other) => !ids.has(other),
    ),
    requirements: [...new Set(members.flatMap(({ requirements }) => requirements))],
    prompt: `# Contract\n\nFix in one short document what these tasks need of each other, so that each can be done by itself: names, data shapes with their limits, interfaces with inputs, outputs and errors. Do not implement.\n\n${members.map(({ id: member, title }) => `- ${member}: ${title}`).join('\n')}`,
    input: { aspect: 'contract', tasks: [...ids] },
    scope: [],
    priority: Math.min(...members.map(({ priority }) => priority)),
  };
}

function freeId(wanted: string, taken: ReadonlySet<string>): string {
  const base = wanted.slice(0, 60);
  let id = base;
  for (let copy = 2; taken.has(id); copy++) id = `${base}-${copy}`;
  return id;
}

/** Strongly connected components, without recursion: plans may be 20,000 tasks deep. */
function components(tasks: readonly Task[]): string[][] {
  const edges = new Map(tasks.map(({ id, dependsOn }) => [id, dependsOn]));
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const onStack = new Set<string>();
  const found: string[][] = [];
  for (const { id: root } of tasks) {
    if (index.has(root)) continue;
    const calls: { id: string; next: number }[] = [{ id: root, next: 0 }];
    while (calls.length > 0) {
      const call = calls.at(-1) as { id: string; next: number };
      const { id } = call;
      if (call.next === 0) {
        index.set(id, index.size);
        low.set(id, index.get(id) as number);
        stack.push(id);
        onStack.add(id);
      }
      const other = (edges.get(id) ?? [])[call.next++];
      if (other !== undefined) {
        if (!edges.has(other)) continue;
        if (!index.has(other)) calls.push({ id: other, next: 0 });
        else if (onStack.has(other)) low.set(id, Math.min(low.get(id)!, index.get(other)!));
        continue;
      }
      calls.pop();
      const above = calls.at(-1);
      if (above) low.set(above.id, Math.min(low.get(above.id)!, low.get(id)!));
      if (low.get(id) === index.get(id)) {
        const members = stack.splice(stack.indexOf(id));
        for (const member of members) onStack.delete(member);
        found.push(members);
      }
    }
  }
  return found;
}
