const stopSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** How a shell writes "ended by this signal". */
const exitCodes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

export type StopSignal = (typeof stopSignals)[number];

/** Milliseconds in which several signals are one request: npm and tsx hand a Ctrl-C on as well. */
const sameRequest = 1_000;

/**
 * Calls `stop` at the first request to end: Ctrl-C, SIGTERM, or a terminal that was closed. A second
 * Ctrl-C or SIGTERM ends the process at once, for whoever does not want to wait for a clean stop.
 *
 * @returns how to listen no longer
 */
export function onStopSignal(stop: (signal: StopSignal) => void): () => void {
  let asked: number | undefined;
  const listener = (name: NodeJS.Signals) => {
    const signal = name as StopSignal;
    if (asked === undefined) {
      asked = performance.now();
      stop(signal);
    } else if (signal !== 'SIGHUP' && performance.now() - asked > sameRequest) {
      process.exit(exitCodes[signal]);
    }
  };
  for (const signal of stopSignals) process.on(signal, listener);
  return () => {
    for (const signal of stopSignals) process.removeListener(signal, listener);
  };
}

/** The exit code of a command that was told to stop before it had done its work. */
export function exitCodeOfSignal(signal: StopSignal): number {
  return exitCodes[signal];
}
