import type { Command } from 'commander';
import pc from 'picocolors';
import { inspectRepository } from '../../git/inspect-repository.ts';
import { planWithoutRecord, type PlannedPreview } from '../../maestro/preview-plan.ts';
import { buildTaskGraph } from '../../domain/task-graph.ts';
import { answer, configOf, openContext, say } from '../cli-context.ts';
import { oneLine } from '../format.ts';
import { readRequest, requestOptions, type RequestOptions } from '../read-request.ts';
import { renderTable } from '../table.ts';

export function definePlan(command: Command): void {
  requestOptions(command).option('--json', 'print the plan as one JSON object').action(plan);
}

async function plan(
  requirement: string | undefined,
  options: RequestOptions & { json?: boolean },
): Promise<void> {
  const context = openContext(options);
  const { env } = context;
  const config = await configOf(env);
  const { agents } = config;
  const request = await readRequest(requirement, options, agents);
  const repository =
    request.repository === undefined
      ? undefined
      : await inspectRepository(request.repository, { environment: env.variables });
  if (repository?.dirty) {
    say(
      pc.yellow(
        `${repository.url} has uncommitted changes; the plan is made from the last commit.`,
      ),
    );
  }
  const preview = await planWithoutRecord({
    ...{ request, agents },
    repository: repository && { url: repository.url, commit: repository.head },
    environment: env.variables,
  });
  answer(context, preview, render(preview, process.stdout.columns ?? Infinity));
}

function render({ plan, assignments, questions }: PlannedPreview, columns: number): string {
  const graph = buildTaskGraph(plan.tasks);
  const level = graph.ok ? graph.graph.level : new Map<string, number>();
  const agentOf = new Map(assignments.map((each) => [each.taskId, each]));
  const tasks = [...plan.tasks].sort((a, b) => (level.get(a.id) ?? 0) - (level.get(b.id) ?? 0));
  return [
    pc.bold(plan.title),
    '',
    pc.bold(`Requirements (${plan.requirements.length})`),
    ...plan.requirements.map((each) => {
      const kind = each.category ?? (each.kind === 'functional' ? '' : 'non-functional');
      const notes = [kind, each.priority].filter(Boolean).join(', ');
      return `  ${each.id} ${oneLine(each.title, columns - 40)} ${pc.dim(notes)}`;
    }),
    '',
    pc.bold(`Tasks (${plan.tasks.length})`),
    renderTable(
      ['step', 'task', 'agent', 'score', 'after', 'serves'],
      tasks.map((task) => [
        String(level.get(task.id) ?? ''),
        task.id,
        agentOf.get(task.id)?.agent ?? '',
        (agentOf.get(task.id)?.score.score ?? 0).toFixed(2),
        oneLine(task.dependsOn.join(', '), 40),
        oneLine(task.requirements.join(', '), 30),
      ]),
    ),
    ...(questions.length === 0
      ? []
      : ['', pc.bold('Questions'), ...questions.map((question) => `  ${question}`)]),
  ].join('\n');
}
