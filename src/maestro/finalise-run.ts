import { AuroraError } from '../domain/errors.ts';
import { releasingTaskStates } from '../domain/task.ts';
import { countTasks, finishRun, getRun, isFinished } from '../storage/run-store.ts';
import type { MaestroDeps } from './maestro-deps.ts';

/**
 * Ends a run when the queue says that all its tasks are finished; the record has the last word.
 *
 * @throws AuroraError bug when the record knows of unfinished tasks; the job is tried again
 */
export async function finaliseRun(
  { database: { db }, notify, log }: MaestroDeps,
  runId: string,
): Promise<void> {
  const run = await getRun(db, runId);
  if (isFinished(run)) return;
  const counts = (await countTasks(db, [runId])).get(runId);
  const unfinished = Object.entries(counts ?? {}).filter(
    ([state, count]) =>
      count > 0 && state !== 'cancelled' && !releasingTaskStates.includes(state as never),
  );
  if (unfinished.length > 0) {
    throw new AuroraError(
      'bug',
      `Run ${runId} was released with unfinished tasks: ${JSON.stringify(counts)}.`,
    );
  }
  const state = (counts?.cancelled ?? 0) > 0 || run.abortRequestedAt ? 'cancelled' : 'done';
  await finishRun(db, runId, state);
  log.info({ runId, state }, 'run finished');
  notify(runId);
}
