import { AuroraError } from '../domain/errors.ts';
import { missingSentence } from '../domain/requirement-state.ts';
import { releasingTaskStates } from '../domain/task.ts';
import { deleteRunRefs } from '../git/delete-run-refs.ts';
import { countTasks } from '../storage/task-counts.ts';
import { finishRun, findRuns, isFinished, type Run } from '../storage/run-store.ts';
import { readVerdicts } from '../storage/trace-store.ts';
import { tellDeliveries } from './delivery-watch.ts';
import type { MaestroDeps } from './maestro-deps.ts';
import { restoreBranch, type RestoreOptions } from './restore-branch.ts';

/**
 * Ends a run when the queue says that all its tasks are finished; the record has the last word. A
 * flow that was built anew since has no say.
 *
 * @throws AuroraError bug when the record knows of unfinished tasks; the reason of the signal when it is
 *   aborted before the end. The job is tried again
 */
export async function finaliseRun(
  deps: MaestroDeps,
  runId: string,
  generation: number,
  options: RestoreOptions = {},
): Promise<void> {
  const { database, notify, log } = deps;
  const [run] = await findRuns(database.db, [runId]);
  if (run?.generation !== generation) return;
  if (!isFinished(run)) {
    const { state, error } = await outcomeOf(deps, run, options);
    // Should the plan be amended at this moment, the run has not ended.
    if (!(await finishRun(database.db, runId, state, error, generation))) return;
    log.info({ runId, state, error }, 'run finished');
    notify(runId);
    if (state === 'done') await tellDeliveries(deps, runId);
  }
  // After the end and in the same job: whoever dies here is followed by another delivery.
  await deleteMergedWork(deps, run);
}

async function outcomeOf(
  deps: MaestroDeps,
  run: Run,
  options: RestoreOptions,
): Promise<{ state: 'done' | 'cancelled' | 'failed'; error: string | null }> {
  const { database } = deps;
  const { id, abortRequestedAt, error } = run;
  const counts = (await countTasks(database.db, [id])).get(id);
  const unfinished = Object.entries(counts ?? {}).filter(
    ([state, count]) =>
      count > 0 && state !== 'cancelled' && !releasingTaskStates.includes(state as never),
  );
  if (unfinished.length > 0) {
    throw new AuroraError(
      'bug',
      `Run ${id} was released with unfinished tasks: ${JSON.stringify(counts)}.`,
    );
  }
  if (abortRequestedAt && error !== null) return { state: 'failed', error };
  if ((counts?.cancelled ?? 0) > 0 || abortRequestedAt) return { state: 'cancelled', error };
  // All tasks being done is not enough: every requirement has to be.
  const missing = missingSentence(await readVerdicts(database.db, id));
  if (missing !== null) return { state: 'failed', error: missing };
  const lost = await restoreBranch(deps, run, options);
  return lost === null ? { state: 'done', error } : { state: 'failed', error: lost };
}

/** The refs of attempts whose work is merged serve nobody any more. A repository may be away. */
async function deleteMergedWork({ mirrors, log }: MaestroDeps, run: Run): Promise<void> {
  if (run.repository === null) return;
  try {
    const { kept } = await deleteRunRefs(await mirrors.open(run.repository), run.id);
    if (kept.length > 0) log.info({ runId: run.id, kept }, 'unmerged work of the run is kept');
  } catch (error) {
    log.warn({ err: error, runId: run.id }, 'refs of merged work could not be deleted');
  }
}
