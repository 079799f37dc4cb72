import logUpdate from 'log-update';
import type { RunNotifier } from '../queue/run-notifier.ts';
import type { Db } from '../storage/database.ts';
import { listMessages } from '../storage/message-store.ts';
import { getRun, isFinished, type Run } from '../storage/run-store.ts';
import { messageLine } from './message-line.ts';
import { renderProgress } from './progress-view.ts';
import { readSnapshot } from './run-snapshot.ts';

/** Milliseconds between two frames of the live view while nothing is reported, for its clocks. */
const frameInterval = 250;

export interface FollowOptions {
  readonly db: Db;
  readonly notifier: RunNotifier;
  readonly runId: string;
  /** A live view that redraws itself, instead of a line for each thing that happens. */
  readonly live: boolean;
  readonly signal: AbortSignal;
}

/** Shows a run's progress on stderr until it has ended, is blocked, or `signal` is aborted. */
export async function followRun(options: FollowOptions): Promise<Run> {
  const { db, notifier, runId, signal } = options;
  let wake: () => void = () => undefined;
  let news = true;
  const unsubscribe = await notifier.subscribe(runId, () => {
    news = true;
    wake();
  });
  const stop = () => wake();
  signal.addEventListener('abort', stop);
  const show = options.live ? liveView(options) : plainLines(options);
  try {
    for (;;) {
      news = false;
      const run = await getRun(db, runId);
      await show();
      if (isFinished(run) || run.state === 'blocked' || signal.aborted) return run;
      if (!news) {
        await new Promise<void>((resolve) => {
          // Without a live view nothing changes between two reports; the timer then only covers a
          // report that was lost.
          const timer = setTimeout(resolve, options.live ? frameInterval : 5_000);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
    }
  } finally {
    signal.removeEventListener('abort', stop);
    if (options.live) logUpdate.done();
    await unsubscribe();
  }
}

function liveView({ db, runId }: FollowOptions): () => Promise<void> {
  return async () => {
    const { columns = 100, rows = 40 } = process.stdout;
    logUpdate(renderProgress(await readSnapshot(db, runId), { columns, rows }));
  };
}

function plainLines({ db, runId }: FollowOptions): () => Promise<void> {
  let last = 0;
  return async () => {
    for (const message of await listMessages(db, runId, last)) {
      last = message.id;
      const line = messageLine(message);
      if (line !== undefined) process.stderr.write(`${line}\n`);
    }
  };
}
