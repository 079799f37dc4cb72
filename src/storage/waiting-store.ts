import { waitingReason } from '../domain/waiting-reason.ts';
import { readBudgetLeft } from './budget-store.ts';
import { listSuspended } from './circuit-store.ts';
import type { DbOrTx } from './database.ts';
import { listAgentLoads } from './metrics-store.ts';
import { getProject } from './project-store.ts';
import type { Run } from './run-store.ts';
import { listDependencies } from './plan-store.ts';
import type { TaskRow } from './task-store.ts';

/** What each waiting task of a run waits for; `tasks` are all of the run's. */
export async function readWaitingReasons(
  db: DbOrTx,
  run: Run,
  tasks: readonly TaskRow[],
  edges: readonly { readonly taskId: string; readonly dependsOn: string }[],
  now = new Date(),
): Promise<ReadonlyMap<string, string>> {
  const [agentLoads, suspended, project] = await Promise.all([
    listAgentLoads(db),
    listSuspended(db),
    getProject(db, run.projectId),
  ]);
  const loads = new Map(agentLoads.map((load) => [load.agent, load]));
  const running = tasks.filter(({ state }) => state === 'running').length;
  const spent = run.pausedAt !== null && (await readBudgetLeft(db, run)) === 0;
  const byId = new Map(tasks.map((task) => [task.id, task]));
  const dependencies = new Map<string, TaskRow[]>(tasks.map(({ id }) => [id, []]));
  for (const edge of edges) {
    const dependency = byId.get(edge.dependsOn);
    if (dependency !== undefined) dependencies.get(edge.taskId)?.push(dependency);
  }
  const isFree = (task: TaskRow) =>
    task.state === 'waiting' &&
    task.parkedFor === null &&
    (task.retryAt === null || task.retryAt <= now) &&
    (dependencies.get(task.id) ?? []).every(({ state }) => state === 'done' || state === 'skipped');
  const ahead = new Map<string, number>();
  const seen = new Map<string, number>();
  const inTurn = tasks
    .filter(isFree)
    .sort((a, b) => a.spec.priority - b.spec.priority || a.position - b.position);
  for (const { id, agent } of inTurn) {
    const before = seen.get(agent) ?? 0;
    ahead.set(id, before);
    seen.set(agent, before + 1);
  }
  const reasons = new Map<string, string>();
  for (const task of tasks) {
    const reason = waitingReason(
      {
        state: task.state,
        agent: task.agent,
        parkedFor: task.parkedFor,
        gaveWay: task.gaveWay?.at(-1) ?? null,
        retryAt: task.retryAt,
        dependencies: dependencies.get(task.id) ?? [],
        run: {
          paused: run.pausedAt !== null,
          unapproved: run.approval === 'pending',
          spent,
          aborting: run.abortRequestedAt !== null,
          maxParallel: run.maxParallel,
          running,
        },
        suspended: suspended.get(task.agent) ?? null,
        project: project ?? { name: run.projectId, maxParallel: null },
        load: loads.get(task.agent) ?? { workers: 0, slots: 0, running: 0 },
        ahead: ahead.get(task.id) ?? 0,
      },
      now,
    );
    if (reason !== null) reasons.set(task.id, reason);
  }
  return reasons;
}

/** As {@link readWaitingReasons}, for callers that have no use for the edges themselves. */
export async function readRunReasons(
  db: DbOrTx,
  run: Run,
  tasks: readonly TaskRow[],
): Promise<ReadonlyMap<string, string>> {
  return readWaitingReasons(db, run, tasks, await listDependencies(db, run.id));
}
