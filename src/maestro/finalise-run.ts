import { AuroraError } from '../domain/errors.ts';
import { missingSentence } from '../domain/requirement-state.ts';
import { releasingTaskStates } from '../domain/task.ts';
import { deleteRunRefs } from '../git/delete-run-refs.ts';
import { restoreIntegrationBranch } from '../git/integration-branch.ts';
import { countTasks } from '../storage/task-counts.ts';
import { finishRun, findRuns, isFinished, type Run } from '../storage/run-store.ts';
import { listMerges } from '../storage/task-store.ts';
import { readVerdicts } from '../storage/trace-store.ts';
import { tellDeliveries } from './delivery-watch.ts';
import type { MaestroDeps } from './maestro-deps.ts';

/**
 * Ends a run when the queue says that all its tasks are finished; the record has the last word. A
 * flow that was built anew since has no say.
 *
 * @throws AuroraError bug when the record knows of unfinished tasks; the job is tried again
 */
export async function finaliseRun(
  deps: MaestroDeps,
  runId: string,
  generation: number,
): Promise<void> {
  const { database, notify, log } = deps;
  const [run] = await findRuns(database.db, [runId]);
  if (run?.generation !== generation) return;
  if (!isFinished(run)) {
    const { state, error } = await outcomeOf(deps, run);
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
  const lost = await restoreBranch(deps, run);
  return lost === null ? { state: 'done', error } : { state: 'failed', error: lost };
}

/**
 * What somebody has forced out of the branch since it was merged comes back before the run is done.
 *
 * @returns why it could not; null also when the repository is away, as delivering looks again
 */
async function restoreBranch(
  { database, mirrors, log }: MaestroDeps,
  { id: runId, repository }: Run,
): Promise<string | null> {
  const merges = repository === null ? [] : await listMerges(database.db, runId);
  if (repository === null || merges.length === 0) return null;
  try {
    await restoreIntegrationBranch(await mirrors.open(repository), runId, merges);
  } catch (error) {
    if (error instanceof AuroraError && error.code === 'merges-lost') return error.message;
    log.warn({ err: error, runId }, 'the branch of a run could not be looked at');
  }
  return null;
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
