import { AuroraError } from '../../domain/errors.ts';

/** The error for a server program that failed, with the last lines of what it said. */
export function serverFailure(what: string, output: string, cause?: unknown): AuroraError {
  const lines = output.trim().split('\n').slice(-12).join('\n');
  if (/no space left on device|disk quota exceeded/i.test(output)) {
    return new AuroraError(
      'disk-full',
      `${what}: no space is left on its disk. Free some, or move the data folder with ` +
        `AURORA_DATA_DIR.\n${lines}`,
      { cause },
    );
  }
  return new AuroraError(
    'embedded-postgres-failed',
    `${what}. Its last words:\n${lines || '(none)'}\nIf they do not show the way out, set ` +
      'DATABASE_URL to a Postgres of yours.',
    { cause },
  );
}
