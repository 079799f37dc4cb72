import { reduceDependencies } from '../domain/task-graph.ts';
import type { DrawnPlan, DrawnTask } from './drawn-plan.ts';

/** One row of the drawing: the rails, and the task whose node is on them. */
export interface GraphRow {
  readonly rails: string;
  readonly task: DrawnTask;
  /** Length of the longest chain that ends in the task. */
  readonly step: number;
}

/** What a task leaves for those that need it, until the last of them has come. */
interface Rail {
  readonly from: string;
  left: number;
}

/**
 * Draws a plan for a terminal: one row per task, dependencies above, and one rail per task whose
 * result somebody below still waits for. Edges that longer paths imply are left out.
 */
export function terminalGraph({ graph }: DrawnPlan): GraphRow[] {
  const needs = reduceDependencies(graph);
  const needed = new Map<string, number>();
  for (const id of [...needs.values()].flat()) needed.set(id, (needed.get(id) ?? 0) + 1);
  const rails: (Rail | undefined)[] = [];
  const order = [...graph.order].sort(
    (a, b) => (graph.level.get(a.id) ?? 0) - (graph.level.get(b.id) ?? 0),
  );
  const rows = order.map((task) => {
    const own = new Set(needs.get(task.id));
    const inputs = rails.flatMap((rail, at) => (rail && own.has(rail.from) ? [at] : []));
    const at = columnFor(rails, inputs);
    const drawn = drawRow(rails, inputs, at);
    for (const input of inputs) {
      const rail = rails[input] as Rail;
      rail.left--;
      if (rail.left === 0) rails[input] = undefined;
    }
    const left = needed.get(task.id) ?? 0;
    rails[at] = left === 0 ? undefined : { from: task.id, left };
    while (rails.length > 0 && rails.at(-1) === undefined) rails.pop();
    return { rails: drawn, task, step: graph.level.get(task.id) ?? 1 };
  });
  const width = Math.max(0, ...rows.map((row) => row.rails.length));
  return rows.map((row) => ({ ...row, rails: row.rails.padEnd(width) }));
}

/** A rail that ends here goes on as the task's own; else the first free place. */
function columnFor(rails: readonly (Rail | undefined)[], inputs: readonly number[]): number {
  const ending = inputs.find((input) => rails[input]?.left === 1);
  if (ending !== undefined) return ending;
  const free = rails.findIndex((rail) => rail === undefined);
  return free === -1 ? rails.length : free;
}

function drawRow(
  rails: readonly (Rail | undefined)[],
  inputs: readonly number[],
  node: number,
): string {
  const first = Math.min(node, ...inputs);
  const last = Math.max(node, ...inputs);
  let row = '';
  for (let at = 0; at < Math.max(rails.length, node + 1); at++) {
    const spanned = at >= first && at <= last;
    if (at === node) row += '●';
    else if (inputs.includes(at)) row += joint(at, first, last, rails[at]?.left !== 1);
    else row += rails[at] ? '│' : spanned ? '─' : ' ';
    row += spanned && at < last ? '─' : ' ';
  }
  return row.trimEnd();
}

/** Where a rail meets the line to the node. */
function joint(at: number, first: number, last: number, goesOn: boolean): string {
  if (at === first) return goesOn ? '├' : '╰';
  if (at === last) return goesOn ? '┤' : '╯';
  return goesOn ? '┼' : '┴';
}
