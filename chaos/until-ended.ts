import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { finishedRunStates, type RunState } from '../src/domain/run.ts';
import { patiently } from './patience.ts';
import type { RunFacts } from './check-run.ts';

/** Milliseconds without progress, in a fleet that nobody disturbs on a quiet machine: a run is stuck. */
const stuckAfter = 150_000;
/** Milliseconds that what dead attempts left may stay, on a quiet machine: workers look every minute. */
const sweepPatience = 100_000;

/** Tasks of a run that take as much patience as a run takes in any case: looks at all of them are slow. */
const patientFor = 300;

/**
 * @returns how the run ended; null when it failed, or is stuck although nobody disturbs it any more
 */
export async function untilEnded(
  pool: pg.Pool,
  { runId, tasks }: { readonly runId: string; readonly tasks: number },
  calm: AbortSignal,
  slowness: number,
  signal: AbortSignal,
  note: (line: string) => void,
): Promise<RunFacts['ended']> {
  const patience = stuckAfter * slowness * (1 + tasks / patientFor);
  let last = '';
  let since = Date.now();
  let told = Date.now();
  for (;;) {
    const { state, done, attempts } = await patiently(() => look(pool, runId), { signal });
    if (state === 'done' || state === 'cancelled') return state;
    if (finishedRunStates.includes(state)) return null;
    const progress = `${state}, ${done} tasks finished, ${attempts} attempts`;
    if (progress !== last || !calm.aborted) since = Date.now();
    last = progress;
    if (Date.now() - since > patience) return null;
    if (Date.now() - told > 10_000) {
      told = Date.now();
      note(progress);
    }
    await sleep(500, undefined, { signal });
  }
}

async function look(pool: pg.Pool, runId: string) {
  const { rows } = await pool.query<{ state: RunState; done: number; attempts: number }>(
    `SELECT state,
        (SELECT count(*)::int FROM aurora.tasks
          WHERE run_id = r.id AND state IN ('done', 'skipped')) AS done,
        (SELECT count(*)::int FROM aurora.attempts WHERE run_id = r.id) AS attempts
       FROM aurora.runs r WHERE id = $1`,
    [runId],
  );
  const [row] = rows;
  if (row === undefined) throw new Error(`The record does not know the run ${runId}.`);
  return row;
}

/** Waits until workers have cleaned up after those before them; gives up in silence. */
export async function untilSwept(
  dataDirs: readonly string[],
  slowness: number,
  signal: AbortSignal,
): Promise<void> {
  const deadline = Date.now() + sweepPatience * slowness;
  while (Date.now() < deadline) {
    const left = await Promise.all(
      dataDirs.flatMap((dataDir) =>
        ['worktrees', 'attempts'].map((name) => readdir(path.join(dataDir, name)).catch(() => [])),
      ),
    );
    if (left.flat().length === 0) return;
    await sleep(500, undefined, { signal });
  }
}
