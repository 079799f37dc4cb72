import type { Command } from 'commander';
import pc from 'picocolors';
import { listDependencies } from '../../storage/plan-store.ts';
import { listTasks } from '../../storage/task-store.ts';
import { readWaitingReasons } from '../../storage/waiting-store.ts';
import { getRun } from '../../storage/run-store.ts';
import { drawnPlan } from '../../drawing/drawn-plan.ts';
import { mermaid } from '../../drawing/mermaid.ts';
import { terminalGraph } from '../../drawing/terminal-graph.ts';
import { answer } from '../cli-context.ts';
import { stateMark } from '../format.ts';
import { withRecord } from '../with-record.ts';

export function defineGraph(command: Command): void {
  command
    .option('--mermaid', 'print it as a Mermaid flowchart')
    .option('--json', 'print nodes and edges as one JSON object')
    .action(showGraph);
}

async function showGraph(
  runId: string,
  options: { json?: boolean; mermaid?: boolean },
): Promise<void> {
  await withRecord(options, async (db, context) => {
    const run = await getRun(db, runId);
    const [tasks, edges] = await Promise.all([listTasks(db, runId), listDependencies(db, runId)]);
    const reasons = await readWaitingReasons(db, run, tasks, edges);
    const value = {
      nodes: tasks.map(({ id, state, agent, spec }) => ({
        ...{ id, state, agent, title: spec.title },
        waitingReason: reasons.get(id) ?? null,
      })),
      edges: edges.map(({ taskId, dependsOn, reason }) => ({
        from: dependsOn,
        to: taskId,
        reason,
      })),
    };
    const drawn = drawnPlan(
      tasks.map(({ id, agent, spec }) => ({
        id,
        agent,
        title: spec.title,
        dependsOn: spec.dependsOn,
      })),
    );
    const states = new Map(tasks.map(({ id, state }) => [id, state]));
    const lines = terminalGraph(drawn).map(({ rails, task: { id }, step }) => {
      const reason = reasons.get(id);
      const why = reason === undefined ? '' : pc.dim(`  (${reason})`);
      return `${pc.dim(String(step).padStart(3))} ${pc.cyan(rails)} ${stateMark(states.get(id) ?? 'waiting')} ${id}${why}`;
    });
    answer(context, value, options.mermaid ? mermaid(drawn) : lines.join('\n'));
  });
}
