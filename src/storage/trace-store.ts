import { sql } from 'drizzle-orm';
import type { Requirement } from '../domain/requirement.ts';
import {
  requirementState,
  type RequirementVerdict,
  type ServingTask,
} from '../domain/requirement-state.ts';
import type { RequirementTrace, TracedTask } from '../domain/requirement-trace.ts';
import { listChecks, type CheckRow } from './check-store.ts';
import type { DbOrTx } from './database.ts';
import { listRequirements, toRequirement } from './plan-store.ts';
import { listTaskRequirements } from './run-view-store.ts';
import { listAttempts, listTasks, type AttemptRow, type TaskRow } from './task-store.ts';

type ServingRow = { requirement: string | null } & {
  [Key in keyof ServingTask]: ServingTask[Key];
};

/** What each requirement of a run has come to, without the way there. */
export async function readVerdicts(
  db: DbOrTx,
  runId: string,
): Promise<(RequirementVerdict & Pick<Requirement, 'id' | 'title'>)[]> {
  const required = await listRequirements(db, runId);
  if (required.length === 0) return [];
  const { rows } = await db.execute<ServingRow>(sql`
    SELECT link.requirement_id AS requirement, t.id, t.state, t.spec ? 'verify' AS "hasCheck",
           EXISTS (SELECT 1 FROM aurora.checks c
                     JOIN aurora.attempts a USING (run_id, task_id, epoch)
                    WHERE c.run_id = t.run_id AND c.task_id = t.id AND c.stage = 'work' AND c.passed
                      AND (a.state = 'succeeded' OR c.commit = t.work_commit)) AS passed
      FROM aurora.tasks t
      LEFT JOIN aurora.task_requirements link ON link.run_id = t.run_id AND link.task_id = t.id
     WHERE t.run_id = ${runId} ORDER BY t.position`);
  const serving = grouped(rows, ({ requirement }) => requirement ?? '');
  const runHasChecks = rows.some(({ hasCheck }) => hasCheck);
  return required.map(({ id, title, acceptance, withdrawnAt }) => ({
    ...{ id, title },
    ...requirementState(
      { acceptance: [...acceptance], withdrawn: withdrawnAt !== null },
      serving.get(id) ?? [],
      runHasChecks,
    ),
  }));
}

/**
 * Every requirement of a run traced to its tasks, their attempts, commits and checks.
 *
 * @param requirementId only this one
 */
export async function readTrace(
  db: DbOrTx,
  runId: string,
  requirementId?: string,
): Promise<RequirementTrace[]> {
  const [required, links, tasks, attempts, checks] = await Promise.all([
    listRequirements(db, runId),
    listTaskRequirements(db, runId),
    listTasks(db, runId),
    listAttempts(db, runId),
    listChecks(db, runId),
  ]);
  const traced = traceTasks(tasks, attempts, checks);
  const runHasChecks = traced.some(({ hasCheck }) => hasCheck);
  const serving = grouped(links, ({ requirementId: id }) => id);
  return required
    .filter(({ id }) => requirementId === undefined || id === requirementId)
    .map((row) => {
      const ids = new Set((serving.get(row.id) ?? []).map(({ taskId }) => taskId));
      const own = traced.filter(({ id }) => ids.has(id));
      const requirement = toRequirement(row);
      const subject = { ...requirement, withdrawn: row.withdrawnAt !== null };
      return { requirement, ...requirementState(subject, own, runHasChecks), tasks: own };
    });
}

function traceTasks(
  tasks: readonly TaskRow[],
  attempts: readonly AttemptRow[],
  checks: readonly CheckRow[],
): TracedTask[] {
  const key = (each: { taskId: string; epoch: number }) => `${each.taskId}/${each.epoch}`;
  const checksOf = grouped(checks, key);
  const attemptsOf = grouped(attempts, ({ taskId }) => taskId);
  return tasks.map((task) => {
    const tried = (attemptsOf.get(task.id) ?? []).map((attempt) => ({
      ...{ number: attempt.number, epoch: attempt.epoch, state: attempt.state },
      ...{ agent: attempt.agent, commit: attempt.workCommit },
      checks: (checksOf.get(key(attempt)) ?? []).map(({ stage, command, commit, passed, at }) => ({
        ...{ stage, command, commit, passed, at },
      })),
    }));
    return {
      ...{ id: task.id, title: task.spec.title, state: task.state, agent: task.agent },
      mergeCommit: task.mergeCommit,
      hasCheck: task.spec.verify !== undefined,
      passed: tried.some(({ state, checks: ran }) =>
        ran.some(
          ({ stage, commit, passed }) =>
            stage === 'work' && passed && (state === 'succeeded' || commit === task.workCommit),
        ),
      ),
      attempts: tried,
    };
  });
}

function grouped<T>(rows: readonly T[], keyOf: (row: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const row of rows) {
    const group = groups.get(keyOf(row));
    if (group === undefined) groups.set(keyOf(row), [row]);
    else group.push(row);
  }
  return groups;
}
