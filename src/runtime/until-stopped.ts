import { onStopSignal, type StopSignal } from './stop-signals.ts';

/** Waits for the first request to end; see {@link onStopSignal}. */
export function untilStopped(): Promise<StopSignal> {
  return new Promise((resolve) => onStopSignal(resolve));
}
