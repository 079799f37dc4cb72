import { randomUUID } from 'node:crypto';
import { taskSchema } from '../../src/domain/task.ts';
import type { AttemptRecord, Fence } from '../../src/storage/attempt-store.ts';
import type { AttemptFailure } from '../../src/domain/failure.ts';
import type { ReflexionInput } from '../../src/domain/memory.ts';
import { failAttempt as failAndDecide } from '../../src/storage/failure-store.ts';
import { claimTask, type ClaimResult } from '../../src/storage/claim-store.ts';
import type { Db } from '../../src/storage/database.ts';
import { savePlan, type PlannedRun } from '../../src/storage/plan-store.ts';
import { createRun, markFlowAdded } from '../../src/storage/run-store.ts';

/** What an attempt without anything to tell records. */
export const emptyRecord = {
  summary: null,
  workCommit: null,
  verified: null,
  usage: null,
  output: null,
};

/** A plan in which each task depends on the named ones; some say which files they will change. */
export function planOf(
  runId: string,
  tasks: Readonly<Record<string, readonly string[]>>,
  scopes: Readonly<Record<string, readonly string[]>> = {},
): PlannedRun {
  return {
    runId,
    title: 'A run',
    requirements: [],
    questions: [],
    tasks: Object.entries(tasks).map(([id, dependsOn]) => ({
      task: taskSchema.parse({ id, title: id, role: 'backend', dependsOn, scope: scopes[id] }),
      agent: 'backend',
      score: null,
      reasons: {},
    })),
  };
}

/** A run under way with the given tasks and no queue. */
export async function startedRun(
  db: Db,
  tasks: Readonly<Record<string, readonly string[]>>,
  scopes: Readonly<Record<string, readonly string[]>> = {},
): Promise<string> {
  const { run } = await createRun(db, {
    project: 'test',
    title: 'A run',
    source: { kind: 'requirement', text: 'Something' },
    repository: null,
    baseBranch: null,
    baseCommit: null,
    idempotencyKey: randomUUID(),
    shard: 0,
  });
  await savePlan(db, planOf(run.id, tasks, scopes));
  await markFlowAdded(db, run);
  return run.id;
}

export async function claim(
  db: Db,
  runId: string,
  taskId: string,
  other: { readonly assignment?: number; readonly generation?: number } = {},
): Promise<ClaimResult> {
  return claimTask(db, {
    ...{ runId, taskId, assignment: 1, generation: 0 },
    ...{ workerId: 'wrk_test', jobId: `${runId}.${taskId}`, lockToken: 'token' },
    ...other,
  });
}

/** Takes a task that must be free. */
export async function take(db: Db, runId: string, taskId: string): Promise<Fence> {
  const result = await claim(db, runId, taskId);
  if (result.kind !== 'claimed') throw new Error(`${taskId} is ${result.kind}`);
  return { runId, taskId, epoch: result.claimed.epoch };
}

const none = { signature: null, proposal: null, strongerAgent: undefined };

/** Fails an attempt with a decision made beforehand: a retry after `delay` ms, or a human for null. */
export async function failAttempt(
  db: Db,
  fence: Fence,
  failure: AttemptFailure,
  delay: number | null,
  record: AttemptRecord,
  lesson: ReflexionInput | null = null,
): Promise<boolean> {
  const decided = await failAndDecide(db, fence, { ...none, failure, record, lesson }, () => ({
    ...(delay === null ? { kind: 'escalate' as const } : { kind: 'retry' as const, delay }),
    reason: 'as the test says',
    passedOver: [],
  }));
  return decided !== null;
}
