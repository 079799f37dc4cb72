import { planSchema, type PlanInput } from '../../src/domain/plan.ts';
import { completeTask, noteAttempt } from '../../src/storage/attempt-store.ts';
import { claimTask, type ClaimedTask } from '../../src/storage/claim-store.ts';
import type { Db } from '../../src/storage/database.ts';
import { savePlan } from '../../src/storage/plan-store.ts';
import { createRun, markFlowAdded, type Run } from '../../src/storage/run-store.ts';
import { registerWorker, saveAgents } from '../../src/storage/worker-store.ts';
import { failAttempt } from '../storage/planned-run.ts';

export const worker = 'wrk_test';

/** Two agents, with a live worker that serves the first only. */
export async function seedFleet(db: Db): Promise<void> {
  const executor = { type: 'command' as const, command: ['true'], env: [] };
  await saveAgents(db, [
    { name: 'backend', role: 'backend', capabilities: [], weight: 1, concurrency: 4, executor },
    { name: 'frontend', role: 'frontend', capabilities: [], weight: 1, concurrency: 2, executor },
  ]);
  await registerWorker(db, {
    id: worker,
    host: 'here',
    process: 'here-1',
    slots: { backend: 4 },
  });
}

/** Records a run with its plan, as Maestro does. */
export async function seedRun(db: Db, input: PlanInput, project = 'shop'): Promise<Run> {
  const plan = planSchema.parse(input);
  const { run } = await createRun(db, {
    project,
    title: plan.title,
    source: { kind: 'plan', plan: input },
    repository: null,
    baseBranch: null,
    baseCommit: null,
    idempotencyKey: null,
    shard: 0,
  });
  await savePlan(db, {
    runId: run.id,
    title: plan.title,
    requirements: plan.requirements,
    tasks: plan.tasks.map((task) => ({
      task,
      agent: task.agent ?? task.role ?? 'backend',
      score: null,
      reasons: {},
    })),
    questions: [],
  });
  await markFlowAdded(db, run);
  return run;
}

/** A diamond: `schema`, then `api` and `page`, then `docs`. */
export const diamond: PlanInput = {
  version: 1,
  title: 'Notes service',
  requirements: [
    { id: 'REQ-001', title: 'Notes can be kept' },
    { id: 'REQ-002', kind: 'non_functional', category: 'performance', title: 'It is quick' },
  ],
  tasks: [
    { id: 'schema', title: 'Table of notes', role: 'backend', requirements: ['REQ-001'] },
    {
      id: 'api',
      title: 'Endpoints',
      role: 'backend',
      dependsOn: ['schema'],
      requirements: ['REQ-001', 'REQ-002'],
    },
    { id: 'page', title: 'Page', role: 'frontend', dependsOn: ['schema'] },
    { id: 'docs', title: 'Manual', role: 'backend', dependsOn: ['api', 'page'] },
  ],
};

/** Takes a task as the test worker. */
export async function claim(db: Db, runId: string, taskId: string): Promise<ClaimedTask> {
  const result = await claimTask(db, {
    runId,
    taskId,
    generation: 0,
    assignment: 1,
    workerId: worker,
    jobId: `${runId}-${taskId}`,
    lockToken: 'token',
  });
  if (result.kind !== 'claimed') throw new Error(`${taskId} could not be claimed: ${result.kind}`);
  return result.claimed;
}

const record = { workCommit: null, verified: null, usage: null, output: null };

export async function complete(
  db: Db,
  runId: string,
  taskId: string,
  lessons: readonly string[] = [],
): Promise<void> {
  const { epoch } = await claim(db, runId, taskId);
  const fence = { runId, taskId, epoch };
  await noteAttempt(db, fence, { lessons });
  await completeTask(db, fence, {
    ...record,
    summary: `${taskId} is there`,
    result: { files: 1 },
    mergeCommit: 'a'.repeat(40),
  });
}

/** Fails a task's next attempt; finally unless there is a delay in milliseconds. */
export async function fail(
  db: Db,
  runId: string,
  taskId: string,
  message: string,
  retryDelay: number | null = null,
): Promise<void> {
  const { epoch } = await claim(db, runId, taskId);
  await failAttempt(
    db,
    { runId, taskId, epoch },
    { class: 'verify', message, evidence: `> npm test\n${message}`, exitCode: 1 },
    retryDelay,
    { ...record, summary: null },
  );
}
