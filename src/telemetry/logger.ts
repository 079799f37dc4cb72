import pino from 'pino';
import pretty from 'pino-pretty';

export type Logger = pino.Logger;

export interface LoggerOptions {
  readonly logLevel: pino.LevelWithSilent;
  readonly isTerminal: boolean;
}

const secretKeys = [
  'authorization',
  'cookie',
  'token',
  'password',
  'apiKey',
  'secret',
  'AURORA_TOKEN',
  'AURORA_SECRET',
  'MEM0_API_KEY',
];
/** pino looks at fixed depths only: the top, and one and two objects below. */
const redactedPaths = secretKeys.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]);

/**
 * Makes the process's logger: JSON lines on stderr, for people on a terminal in colour. stdout stays
 * free for the answers of commands. Lines are written before the call returns, so that the last one
 * of a dying process is not lost. Children carry what their lines are about: `runId`, `taskId`,
 * `attempt`, `epoch`.
 *
 * @param destination where lines go instead of stderr
 */
export function createLogger(
  { logLevel, isTerminal }: LoggerOptions,
  destination?: NodeJS.WritableStream,
): Logger {
  const options: pino.LoggerOptions = {
    level: logLevel,
    redact: { paths: redactedPaths, censor: '[redacted]' },
    serializers: { err: describeError },
    hooks: { streamWrite: hideSecrets },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
  };
  if (isTerminal) {
    // As a stream, not as a transport: a worker thread would lose lines when the process dies.
    return pino(
      options,
      pretty({
        destination: destination ?? 2,
        sync: true,
        colorize: true,
        translateTime: 'SYS:HH:MM:ss.l',
        ignore: 'pid,hostname',
      }),
    );
  }
  return pino(options, destination ?? pino.destination({ dest: 2, sync: true }));
}

/** An error's own words, with its causes'; not what libraries hang onto errors, such as pg its client. */
function describeError(error: Error): Record<string, unknown> {
  const { type, message, stack, code } = pino.stdSerializers.err(error);
  return { type, message, stack, code: code as unknown };
}

/**
 * Takes secrets out of a whole line, wherever they stand in it: passwords of URLs (DATABASE_URL and
 * REDIS_URL turn up in error messages) and bearer tokens.
 */
function hideSecrets(line: string): string {
  return line
    .replace(/(\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s/:@"\\]*:)[^\s"\\]*(?=@)/gi, '$1***')
    .replace(/(\bbearer\s+)[\w.~+/-]{8,}=*/gi, '$1***');
}
