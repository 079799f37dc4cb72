import { loadConfig, type AuroraConfig } from '../config/config-file.ts';
import { readEnvironment, type Environment } from '../config/environment.ts';
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

/** Prints the answer of a command: for programs as JSON, for people as text. */
export function answer(context: Pick<CliContext, 'json'>, value: unknown, text: string): void {
  process.stdout.write(context.json ? `${JSON.stringify(value)}\n` : `${text}\n`);
}

/** Says something to the person at the terminal that is not the answer. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
