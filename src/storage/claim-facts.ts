import { and, eq, getTableColumns, sql } from 'drizzle-orm';
import type { Requirement } from '../domain/requirement.ts';
import type { DbOrTx } from './database.ts';
import { toRequirement } from './plan-store.ts';
import { runColumns, type Run } from './run-store.ts';
import {
  projects,
  requirements,
  runs,
  taskDependencies,
  taskRequirements,
  tasks,
} from './schema/index.ts';
import type { TaskRow } from './task-store.ts';
import { mayGiveWay } from './way-store.ts';

/** What a task is told of one that it depends on. */
export interface DependencyRow extends Pick<
  TaskRow,
  'id' | 'state' | 'summary' | 'result' | 'mergeCommit'
> {
  readonly title: string;
  /** The task that it is a part of. */
  readonly parentId: string | null;
}

/** All that a claim is judged by; the task's row is locked. */
export interface ClaimFacts {
  readonly task: TaskRow;
  readonly run: Run;
  readonly projectMax: number | null;
  /** Milliseconds until its deadline; null when it has none. */
  readonly timeLeft: number | null;
  /** Milliseconds until it may be tried again, by the clock of the database; 0 or less when it may. */
  readonly retryIn: number;
  /** Whether its agent is. */
  readonly isSuspended: boolean;
  /** Whether others are at work that it may have to let go first. */
  readonly mayGiveWay: boolean;
  readonly dependencies: readonly DependencyRow[];
  readonly requirements: readonly Requirement[];
}

interface TaskName {
  readonly runId: string;
  readonly taskId: string;
}

const keyOf = (runId: string, taskId: string) => `${runId}/${taskId}`;

/**
 * Locks tasks, in one order everywhere, and reads what their claims are judged by: four statements,
 * however many there are.
 *
 * @returns in the order given; undefined for a task that does not exist
 */
export async function readClaimFacts(
  tx: DbOrTx,
  names: readonly TaskName[],
): Promise<(ClaimFacts | undefined)[]> {
  const runIds = sql.param(names.map(({ runId }) => runId));
  const taskIds = sql.param(names.map(({ taskId }) => taskId));
  const named = sql`SELECT * FROM unnest(${runIds}::text[], ${taskIds}::text[])`;
  const locked = await tx
    .select({
      task: getTableColumns(tasks),
      timeLeft: sql<number | null>`
        ceil(extract(epoch FROM ${tasks.deadlineAt} - clock_timestamp()) * 1000)::float8`,
      retryIn: sql<number>`coalesce(
        ceil(extract(epoch FROM ${tasks.retryAt} - clock_timestamp()) * 1000), 0)::int`,
      isSuspended: sql<boolean>`EXISTS (
        SELECT 1 FROM aurora.agent_circuits c
         WHERE c.agent = tasks.agent AND c.closed_at IS NULL)`,
      mayGiveWay,
    })
    .from(tasks)
    .where(sql`(${tasks.runId}, ${tasks.id}) IN (${named})`)
    .orderBy(tasks.runId, tasks.id)
    .for('update');
  const found = await tx
    .select({ run: runColumns, projectMax: projects.maxParallel })
    .from(runs)
    .innerJoin(projects, eq(projects.id, runs.projectId))
    .where(sql`${runs.id} = ANY(${runIds}::text[])`);
  const needed = await tx
    .select({
      taskId: taskDependencies.taskId,
      runId: tasks.runId,
      id: tasks.id,
      title: sql<string>`${tasks.spec} ->> 'title'`,
      ...{ state: tasks.state, summary: tasks.summary, result: tasks.result },
      mergeCommit: tasks.mergeCommit,
      parentId: tasks.parentId,
    })
    .from(taskDependencies)
    .innerJoin(
      tasks,
      and(eq(tasks.runId, taskDependencies.runId), eq(tasks.id, taskDependencies.dependsOn)),
    )
    .where(sql`(${taskDependencies.runId}, ${taskDependencies.taskId}) IN (${named})`)
    .orderBy(tasks.position);
  const served = await tx
    .select({ taskId: taskRequirements.taskId, requirement: requirements })
    .from(taskRequirements)
    .innerJoin(
      requirements,
      and(
        eq(requirements.runId, taskRequirements.runId),
        eq(requirements.id, taskRequirements.requirementId),
      ),
    )
    .where(sql`(${taskRequirements.runId}, ${taskRequirements.taskId}) IN (${named})`)
    .orderBy(requirements.position);

  const runOf = new Map(found.map((row) => [row.run.id, row]));
  const facts = new Map<
    string,
    ClaimFacts & { dependencies: DependencyRow[]; requirements: Requirement[] }
  >();
  for (const { task, ...own } of locked) {
    const row = runOf.get(task.runId);
    if (row === undefined) continue;
    facts.set(keyOf(task.runId, task.id), {
      ...{ task, ...own, ...row },
      ...{ dependencies: [], requirements: [] },
    });
  }
  for (const { taskId, runId, ...dependency } of needed) {
    facts.get(keyOf(runId, taskId))?.dependencies.push(dependency);
  }
  for (const { taskId, requirement } of served) {
    facts.get(keyOf(requirement.runId, taskId))?.requirements.push(toRequirement(requirement));
  }
  return names.map(({ runId, taskId }) => facts.get(keyOf(runId, taskId)));
}
