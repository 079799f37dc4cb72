import { expireRuns, nextDeadline } from '../storage/abort-store.ts';
import { getRun } from '../storage/run-store.ts';
import type { MaestroDeps } from './maestro-deps.ts';
import { drainRun } from './run-control.ts';

/** The longest time between two looks, in milliseconds: a run may be submitted with a near deadline. */
const longestPause = 15_000;

/**
 * Stops runs at their deadlines. Each Maestro does: who comes first does it, and a deadline that
 * nobody was there for is kept at the next start.
 */
export function openDeadlines(deps: MaestroDeps): { close(): Promise<void> } {
  const { database, log } = deps;
  let closed = false;
  let timer: NodeJS.Timeout | undefined;
  const look = async (): Promise<void> => {
    let pause = longestPause;
    try {
      for (const runId of await expireRuns(database.db)) {
        log.warn({ runId }, 'the deadline of a run has passed');
        await drainRun(deps, await getRun(database.db, runId));
      }
      pause = Math.min(pause, Math.max(0, (await nextDeadline(database.db)) ?? Infinity));
    } catch (error) {
      log.error({ err: error }, 'deadlines could not be looked at; they are soon');
    }
    if (!closed) timer = setTimeout(again, pause);
  };
  let current = look();
  const again = () => {
    current = look();
  };
  return {
    async close() {
      closed = true;
      clearTimeout(timer);
      await current;
    },
  };
}
