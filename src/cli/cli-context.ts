import { loadConfig, type AuroraConfig } from '../config/config-file.ts';
import { readEnvironment, type Environment } from '../config/environment.ts';
import { findRunningUp } from '../runtime/up-lock.ts';
import { createLogger, type Logger } from '../telemetry/logger.ts';

/** What every command starts from. */
export interface CliContext {
  readonly env: Environment;
  readonly log: Logger;
  /** `--json`: exactly one JSON value on stdout, everything else on stderr. */
  readonly json: boolean;
}

export function openContext(options: { json?: boolean | undefined }): CliContext {
  const env = readEnvironment();
  return { env, log: createLogger(env), json: options.json ?? false };
}

/** The configuration that applies in the current folder. */
export function configOf(env: Environment): Promise<AuroraConfig> {
  return loadConfig(process.cwd(), env.configFile);
}

/**
 * The environment that an `aurora up` on the same data folder works in: when it started a Redis of
 * its own, that is where its queue is.
 */
export async function besideRunningUp(env: Environment): Promise<Environment> {
  if (env.redisUrl !== undefined || env.databaseUrl !== undefined) return env;
  return { ...env, redisUrl: (await findRunningUp(env.dataDir))?.redisUrl };
}

/** Prints the answer of a command: for programs as JSON, for people as text. */
export function answer(context: Pick<CliContext, 'json'>, value: unknown, text: string): void {
  process.stdout.write(context.json ? `${JSON.stringify(value)}\n` : `${text}\n`);
}

/** Says something to the person at the terminal that is not the answer. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
