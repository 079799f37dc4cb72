import { and, asc, eq, inArray, sql } from 'drizzle-orm';
import type { AgentScore } from '../domain/agent-score.ts';
import type { PlannedBy } from '../domain/planned-by.ts';
import type { Requirement } from '../domain/requirement.ts';
import { deadlineTime } from '../domain/run-limits.ts';
import type { Task, TaskState } from '../domain/task.ts';
import type { Db, DbOrTx } from './database.ts';
import { insertRows } from './insert-rows.ts';
import { appendMessages } from './message-store.ts';
import { requirements, runs, taskDependencies, taskRequirements, tasks } from './schema/index.ts';

export interface PlannedTask {
  readonly task: Task;
  readonly agent: string;
  readonly score: AgentScore | null;
  /** `dependency → why`. */
  readonly reasons: Readonly<Record<string, string>>;
}

export interface PlannedRun {
  readonly runId: string;
  readonly title: string;
  readonly requirements: readonly Requirement[];
  readonly tasks: readonly PlannedTask[];
  readonly questions: readonly string[];
  readonly plannedBy?: PlannedBy | undefined;
}

/** Messages of one statement. */
const messagesAtOnce = 500;

/**
 * Commits a plan: requirements, tasks, dependencies, assignments and their messages at once.
 *
 * @returns false when the run was planned (or finished) already; then nothing is written
 */
export async function savePlan(db: Db, plan: PlannedRun): Promise<boolean> {
  const { runId } = plan;
  return db.transaction(async (tx) => {
    const claimed = await tx
      .update(runs)
      .set({
        ...{ state: 'planned', title: plan.title, questions: plan.questions },
        plannedBy: plan.plannedBy ?? null,
      })
      .where(and(eq(runs.id, runId), eq(runs.state, 'submitted')))
      .returning({ id: runs.id, createdAt: runs.createdAt });
    const [run] = claimed;
    if (run === undefined) return false;
    await insertRequirements(tx, runId, plan.requirements);
    await appendMessages(tx, [
      {
        ...{ type: 'RUN_PLANNED', runId, sender: 'maestro', recipient: 'all' },
        payload: { tasks: plan.tasks.length, requirements: plan.requirements.length },
      },
    ]);
    await insertTasks(tx, run, plan.tasks);
    return true;
  });
}

/** @param from position of the first */
export async function insertRequirements(
  tx: DbOrTx,
  runId: string,
  planned: readonly Requirement[],
  from = 0,
): Promise<void> {
  await insertRows(
    tx,
    requirements,
    planned.map((requirement, index) => ({ runId, position: from + index, ...requirement })),
  );
}

/**
 * Writes tasks with their edges, requirements and messages.
 *
 * @param from position of the first
 */
export async function insertTasks(
  tx: DbOrTx,
  { id: runId, createdAt }: { readonly id: string; readonly createdAt: Date },
  planned: readonly PlannedTask[],
  from = 0,
): Promise<void> {
  await insertRows(
    tx,
    tasks,
    planned.map(({ task, agent, score }, index) => ({
      ...{ runId, id: task.id, position: from + index, spec: task, agent },
      assignmentScore: score,
      deadlineAt: task.deadline === undefined ? null : deadlineTime(task.deadline, createdAt),
    })),
  );
  await insertLinks(tx, runId, planned);
  for (let start = 0; start < planned.length; start += messagesAtOnce) {
    await appendMessages(
      tx,
      planned.slice(start, start + messagesAtOnce).map(({ task, agent }) => ({
        ...{ type: 'TASK_CREATED' as const, runId, taskId: task.id, sender: 'maestro' },
        ...{ recipient: `agent:${agent}`, payload: { title: task.title } },
      })),
    );
  }
}

/** The edges of tasks, and which requirements they serve. */
export async function insertLinks(
  tx: DbOrTx,
  runId: string,
  planned: readonly Pick<PlannedTask, 'task' | 'reasons'>[],
): Promise<void> {
  await insertRows(
    tx,
    taskDependencies,
    planned.flatMap(({ task, reasons }) =>
      [...new Set(task.dependsOn)].map((dependsOn) => ({
        ...{ runId, taskId: task.id, dependsOn, reason: reasons[dependsOn] ?? null },
      })),
    ),
  );
  await insertRows(
    tx,
    taskRequirements,
    planned.flatMap(({ task }) =>
      [...new Set(task.requirements)].map((requirementId) => ({
        ...{ runId, taskId: task.id, requirementId },
      })),
    ),
  );
}

export type RequirementRow = typeof requirements.$inferSelect;

/** A requirement as plans write it. */
export function toRequirement(row: RequirementRow): Requirement {
  const {
    runId: _run,
    position: _position,
    withdrawnAt: _withdrawn,
    category,
    text,
    source,
    thresholds,
    acceptance,
    ...rest
  } = row;
  return {
    ...rest,
    acceptance: [...acceptance],
    ...(category === null ? {} : { category }),
    ...(text === null ? {} : { text }),
    ...(source ? { source } : {}),
    ...(thresholds ? { thresholds } : {}),
  };
}

export async function listRequirements(db: DbOrTx, runId: string): Promise<RequirementRow[]> {
  return db
    .select()
    .from(requirements)
    .where(eq(requirements.runId, runId))
    .orderBy(asc(requirements.position));
}

export type Dependency = typeof taskDependencies.$inferSelect;

export async function listDependencies(
  db: DbOrTx,
  runId: string,
  taskIds?: readonly string[],
): Promise<Dependency[]> {
  return db
    .select()
    .from(taskDependencies)
    .where(
      taskIds === undefined
        ? eq(taskDependencies.runId, runId)
        : and(eq(taskDependencies.runId, runId), inArray(taskDependencies.taskId, [...taskIds])),
    );
}

/** A task as far as the queue has to know it. */
export interface FlowTask {
  readonly id: string;
  readonly agent: string;
  readonly state: TaskState;
  readonly assignment: number;
  /** Among the tasks of its run. */
  readonly priority: number;
  readonly dependsOn: readonly string[];
  /** The task that it is a part of; null for a task of the plan. */
  readonly parentId: string | null;
  /** Whether its job is known to be in the queue; a part's comes later than its row. */
  readonly queued: boolean;
}

/** What a run's flow is made from, in the order of the plan; without what makes large plans large. */
export async function listFlowTasks(db: DbOrTx, runId: string): Promise<FlowTask[]> {
  const { rows } = await db.execute<Record<keyof FlowTask, never>>(sql`
    SELECT t.id, t.agent, t.state, t.assignment, t.queued, t.parent_id AS "parentId",
           (t.spec ->> 'priority')::int AS priority,
           coalesce(needs.ids, '{}') AS "dependsOn"
      FROM aurora.tasks t
      LEFT JOIN (
        SELECT task_id, array_agg(depends_on) AS ids FROM aurora.task_dependencies
         WHERE run_id = ${runId} GROUP BY task_id
      ) needs ON needs.task_id = t.id
     WHERE t.run_id = ${runId}
     ORDER BY t.position`);
  return rows;
}
