import type { Command } from 'commander';
import pc from 'picocolors';
import { listDependencies } from '../../storage/plan-store.ts';
import { listTasks } from '../../storage/task-store.ts';
import { readWaitingReasons } from '../../storage/waiting-store.ts';
import { getRun } from '../../storage/run-store.ts';
import { buildTaskGraph } from '../../domain/task-graph.ts';
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
    const built = buildTaskGraph(
      tasks.map((task) => ({ id: task.id, dependsOn: task.spec.dependsOn, state: task.state })),
    );
    const steps = built.ok ? built.graph : undefined;
    const lines = steps?.order
      .map((task) => ({ task, step: steps.level.get(task.id) ?? 1 }))
      .sort((a, b) => a.step - b.step)
      .map(({ task, step }) => {
        const after = task.dependsOn.length === 0 ? '' : `  ← ${task.dependsOn.join(', ')}`;
        const reason = reasons.get(task.id);
        const why = reason === undefined ? '' : pc.dim(`  (${reason})`);
        return `${String(step).padStart(3)} ${stateMark(task.state)} ${task.id}${after}${why}`;
      });
    const mermaid = [
      'flowchart LR',
      ...value.nodes.map(({ id }) => `  ${mermaidId(id)}["${id}"]`),
      ...value.edges.map(({ from, to }) => `  ${mermaidId(from)} --> ${mermaidId(to)}`),
    ];
    answer(context, value, (options.mermaid ? mermaid : (lines ?? [])).join('\n'));
  });
}

/** Mermaid reads some words and dashes as syntax; a prefix and underscores keep ids plain. */
const mermaidId = (id: string) => `t_${id.replaceAll('-', '__')}`;
