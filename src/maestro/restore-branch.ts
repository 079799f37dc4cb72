import { AuroraError } from '../domain/errors.ts';
import { restoreIntegrationBranch } from '../git/integration-branch.ts';
import type { Run } from '../storage/run-store.ts';
import { listMerges } from '../storage/task-store.ts';
import type { MaestroDeps } from './maestro-deps.ts';

/** Milliseconds that the end of a run waits for its repository. */
const defaultPatience = 30_000;

export interface RestoreOptions {
  /** Maestro stops: another one ends the run. */
  readonly signal?: AbortSignal;
  /** Milliseconds; half a minute when not given. */
  readonly patience?: number;
}

/**
 * What somebody has forced out of the branch since it was merged comes back before the run is done.
 *
 * @returns why it could not; null also when the repository does not answer, as delivering looks again
 * @throws the signal's reason when it is aborted
 */
export async function restoreBranch(
  { database, mirrors, log }: MaestroDeps,
  { id: runId, repository }: Run,
  { signal: stop, patience = defaultPatience }: RestoreOptions = {},
): Promise<string | null> {
  const merges = repository === null ? [] : await listMerges(database.db, runId);
  if (repository === null || merges.length === 0) return null;
  const limit = new AbortController();
  const silent = new AuroraError(
    'repository-unavailable',
    `${repository} has not answered for ${patience / 1_000} s.`,
  );
  const timer = setTimeout(() => limit.abort(silent), patience);
  const signal = stop === undefined ? limit.signal : AbortSignal.any([stop, limit.signal]);
  try {
    const mirror = await mirrors.open(repository, signal);
    await restoreIntegrationBranch(mirror, runId, merges, signal);
  } catch (error) {
    stop?.throwIfAborted();
    if (error instanceof AuroraError && error.code === 'merges-lost') return error.message;
    log.warn({ err: error, runId }, 'the branch of a run could not be looked at');
  } finally {
    clearTimeout(timer);
  }
  return null;
}
