import { nothingSpent, type Spend } from '../domain/budget.ts';
import type { Db } from '../storage/database.ts';
import { listDependencies } from '../storage/plan-store.ts';
import { readProgress, readRemaining } from '../storage/progress-store.ts';
import { getRun, type Run } from '../storage/run-store.ts';
import { listAttempts, listTasks, type AttemptRow, type TaskRow } from '../storage/task-store.ts';
import { readWaitingReasons } from '../storage/waiting-store.ts';

/** One task as a person follows it. */
export interface TaskProgress {
  readonly task: TaskRow;
  /** The last attempt that counts; undefined before the first. */
  readonly attempt: AttemptRow | undefined;
  /** Milliseconds since the task was first claimed, until it ended; null before. */
  readonly elapsed: number | null;
  /** Dependencies that are not finished. */
  readonly waitsFor: readonly string[];
  /** What it waits for, in one sentence; null unless it waits. */
  readonly reason: string | null;
}

export interface RunSnapshot {
  readonly run: Run;
  readonly tasks: readonly TaskProgress[];
  /** Done work over known work, 0 to 1; never goes back. */
  readonly share: number;
  readonly spent: Spend;
  /** About how many milliseconds are left; null when that is not known, or the run does not run. */
  readonly remaining: number | null;
}

const over = ['done', 'skipped', 'cancelled'];

/** The run as the record has it now. */
export async function readSnapshot(db: Db, runId: string): Promise<RunSnapshot> {
  const [run, tasks, attempts, edges] = await Promise.all([
    getRun(db, runId),
    listTasks(db, runId),
    listAttempts(db, runId),
    listDependencies(db, runId),
  ]);
  const last = new Map(
    attempts
      .filter((attempt) => attempt.state !== 'lost' && attempt.state !== 'released')
      .map((attempt) => [attempt.taskId, attempt]),
  );
  const states = new Map(tasks.map((task) => [task.id, task.state]));
  const [progress, reasons, remaining] = await Promise.all([
    readProgress(db, [run]),
    readWaitingReasons(db, run, tasks, edges),
    run.state === 'running' ? readRemaining(db, run.id) : null,
  ]);
  return {
    run,
    tasks: tasks.map((task) => ({
      task,
      attempt: last.get(task.id),
      elapsed:
        task.startedAt === null
          ? null
          : (task.finishedAt?.getTime() ?? Date.now()) - task.startedAt.getTime(),
      waitsFor:
        task.state === 'waiting'
          ? task.spec.dependsOn.filter((id) => !over.includes(states.get(id) ?? 'waiting'))
          : [],
      reason: reasons.get(task.id) ?? null,
    })),
    share: progress.get(runId)?.share ?? 0,
    spent: progress.get(runId)?.spent ?? nothingSpent,
    remaining,
  };
}
