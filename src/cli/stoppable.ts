import { Closer } from '../runtime/closer.ts';
import { exitCodeOfSignal, onStopSignal } from '../runtime/stop-signals.ts';

/**
 * Runs a command that may be told to stop: `signal` is then aborted, what `closer` holds is closed
 * (so that no server that it started is left behind), and the exit code says by which signal it
 * ended. A short command may leave `signal` alone and finish.
 */
export async function stoppable(
  use: (closer: Closer, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const closer = new Closer();
  const stop = new AbortController();
  let exitCode: number | undefined;
  const release = onStopSignal((signal) => {
    exitCode = exitCodeOfSignal(signal);
    stop.abort();
  });
  try {
    await use(closer, stop.signal);
  } catch (error) {
    if (error !== stop.signal.reason) throw error;
  } finally {
    await closer.close();
    release();
    process.exitCode = exitCode ?? process.exitCode;
  }
}
