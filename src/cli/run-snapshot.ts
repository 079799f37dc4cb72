import type { Db } from '../storage/database.ts';
import { getRun, type Run } from '../storage/run-store.ts';
import { listAttempts, listTasks, type AttemptRow, type TaskRow } from '../storage/task-store.ts';

/** One task as a person follows it. */
export interface TaskProgress {
  readonly task: TaskRow;
  /** The last attempt that counts; undefined before the first. */
  readonly attempt: AttemptRow | undefined;
  /** Milliseconds since the task was first claimed, until it ended; null before. */
  readonly elapsed: number | null;
  /** Dependencies that are not finished. */
  readonly waitsFor: readonly string[];
}

export interface RunSnapshot {
  readonly run: Run;
  readonly tasks: readonly TaskProgress[];
  /** Share of the tasks that are finished, 0 to 1. */
  readonly share: number;
}

const over = ['done', 'skipped', 'cancelled'];

/** The run as the record has it now. */
export async function readSnapshot(db: Db, runId: string): Promise<RunSnapshot> {
  const [run, tasks, attempts] = await Promise.all([
    getRun(db, runId),
    listTasks(db, runId),
    listAttempts(db, runId),
  ]);
  const last = new Map(
    attempts
      .filter((attempt) => attempt.state !== 'lost' && attempt.state !== 'released')
      .map((attempt) => [attempt.taskId, attempt]),
  );
  const states = new Map(tasks.map((task) => [task.id, task.state]));
  const finished = tasks.filter((task) => over.includes(task.state)).length;
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
    })),
    share: tasks.length === 0 ? 0 : finished / tasks.length,
  };
}
