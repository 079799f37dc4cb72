import type { DependencyOutcome } from '../../src/agents/executor.ts';
import type { Lesson } from '../../src/domain/memory.ts';
import { buildTaskGraph } from '../../src/domain/task-graph.ts';
import type { Task } from '../../src/domain/task.ts';
import { merge, onBranch, scaffold, verify } from './demo-repository.ts';
import type { DemoPlan } from './demo-plan.ts';

export interface FleetOutcome {
  /** Verify's output of every attempt that was red, by task. */
  readonly red: ReadonlyMap<string, readonly string[]>;
  /** Tasks whose branch did not merge and that were done again on the new head. */
  readonly conflicts: readonly string[];
  readonly reports: ReadonlyMap<string, DependencyOutcome>;
}

/**
 * Carries out a plan as Aurora would at its most parallel: all tasks that are ready start from the
 * same head, then their branches are merged one after the other.
 */
export async function carryOut(repository: string, plan: DemoPlan): Promise<FleetOutcome> {
  const built = buildTaskGraph(plan.tasks);
  if (!built.ok) throw new Error(JSON.stringify(built.problems));
  const { order, level, depth } = built.graph;
  const red = new Map<string, string[]>();
  const conflicts: string[] = [];
  const reports = new Map<string, DependencyOutcome>();

  /** Attempts until verify is green; each red one teaches the next. */
  const attempt = async (task: Task): Promise<void> => {
    const lessons: Lesson[] = [];
    for (;;) {
      let failure: string | undefined;
      await onBranch(repository, task.id, 'main', async (worktree) => {
        const { code, output, report } = await scaffold(worktree, {
          task,
          requirements: plan.requirements.filter(({ id }) => task.requirements.includes(id)),
          dependencies: task.dependsOn.map((id) => reports.get(id) as DependencyOutcome),
          lessons,
        });
        if (code !== 0) throw new Error(`${task.id}: ${output}`);
        const { summary = null, result } = report as { summary?: string; result?: unknown };
        reports.set(task.id, { id: task.id, title: task.title, summary, result });
        const verified = task.verify ? await verify(worktree) : undefined;
        if (verified?.ok === false) failure = verified.output;
      });
      if (failure === undefined) return;
      red.set(task.id, [...(red.get(task.id) ?? []), failure]);
      if (lessons.length > 3) throw new Error(`${task.id} learns nothing: ${failure}`);
      lessons.push(lessonFrom(task, failure));
    }
  };

  for (let wave = 1; wave <= depth; wave++) {
    const ready = order.filter((task) => level.get(task.id) === wave);
    await inPairs(ready, attempt);
    for (const task of ready) {
      if (await merge(repository, task.id)) continue;
      conflicts.push(task.id);
      await attempt(task);
      if (!(await merge(repository, task.id))) throw new Error(`${task.id} never merges`);
    }
  }
  return { red, conflicts, reports };
}

/** What Aurora makes of a failed verify command when the agent itself noticed nothing. */
export function lessonFrom(task: { readonly id: string }, output: string): Lesson {
  return {
    id: 'working_1',
    taskId: task.id,
    originalApproach: 'What the first attempt did',
    failureReason: `verify failed: ${output.slice(-4_000)}`,
    improvedApproach: 'Make the verify command pass',
    tags: ['verify'],
    own: true,
    why: 'same task',
  };
}

/** Two at a time: enough to be parallel without starving the tests of other files. */
async function inPairs<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  const lane = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
  };
  await Promise.all([lane(), lane()]);
}
