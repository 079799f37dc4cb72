import { createWriteStream } from 'node:fs';
import path from 'node:path';
import type { Environment } from '../config/environment.ts';
import type { Closer } from '../runtime/closer.ts';
import { createLogger, type Logger } from '../telemetry/logger.ts';

/**
 * A log beside the data, for a fleet that works behind a view of its progress: the terminal belongs
 * to the view.
 */
export function openLogFile(
  { logLevel }: Pick<Environment, 'logLevel'>,
  folder: string,
  closer: Closer,
): Logger {
  const destination = createWriteStream(logFile(folder), { flags: 'a', mode: 0o600 });
  // A full disk must not end the fleet, whose record says all that matters.
  destination.on('error', () => undefined);
  closer.add(() => new Promise<void>((resolve) => destination.end(() => resolve())));
  return createLogger({ logLevel, isTerminal: false }, destination);
}

/** Where such a log is. */
export function logFile(folder: string): string {
  return path.join(folder, 'aurora.log');
}
