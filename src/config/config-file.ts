import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { distance } from 'fastest-levenshtein';
import { z } from 'zod';
import { agentsSchema, type Agent } from '../domain/agent.ts';
import { AuroraError, errorMessage, type Problem } from '../domain/errors.ts';
import { defaultAgents } from './default-agents.ts';

const configSchema = z.strictObject({ agents: agentsSchema });

/** What `aurora.config.{ts,mjs,json}` may hold. */
export type AuroraConfigInput = z.input<typeof configSchema>;

export interface AuroraConfig {
  readonly agents: readonly Agent[];
  /** The file it came from; undefined for the built-in default. */
  readonly file: string | undefined;
  /** Where relative paths of the configuration start. */
  readonly directory: string;
}

const fileNames = ['aurora.config.ts', 'aurora.config.mjs', 'aurora.config.json'];

/** Gives an `aurora.config.ts` its types. */
export function defineConfig(config: AuroraConfigInput): AuroraConfigInput {
  return config;
}

/**
 * Loads the configuration: the named file, else `aurora.config.*` of the folder, else the built-in
 * agents.
 *
 * @throws AuroraError config-invalid with every problem and its place
 */
export async function loadConfig(directory: string, file?: string): Promise<AuroraConfig> {
  const chosen =
    file !== undefined
      ? path.resolve(directory, file)
      : fileNames.map((name) => path.join(directory, name)).find((name) => existsSync(name));
  if (chosen === undefined) {
    return { agents: toAgents(defaultAgents), file: undefined, directory };
  }
  if (!existsSync(chosen)) {
    throw new AuroraError('config-invalid', `There is no configuration file ${chosen}.`);
  }
  const parsed = configSchema.safeParse(await importConfig(chosen));
  if (!parsed.success) {
    const problems = parsed.error.issues.flatMap(describeIssue);
    throw new AuroraError(
      'config-invalid',
      `${chosen} has ${problems.length} problem(s):\n` +
        problems.map((problem) => `  ${problem.path}: ${problem.message}`).join('\n'),
      { problems },
    );
  }
  return { agents: toAgents(parsed.data.agents), file: chosen, directory: path.dirname(chosen) };
}

async function importConfig(file: string): Promise<unknown> {
  try {
    if (file.endsWith('.json')) return JSON.parse(await readFile(file, 'utf8'));
    // tsx loads TypeScript configurations in an installed Aurora too, where node alone cannot.
    const { tsImport } = await import('tsx/esm/api');
    const module = (await tsImport(pathToFileURL(file).href, import.meta.url)) as {
      default?: unknown;
    };
    const value = module.default;
    return typeof value === 'object' && value !== null && 'default' in value
      ? value.default
      : value;
  } catch (error) {
    throw new AuroraError('config-invalid', `${file} cannot be read: ${errorMessage(error)}`, {
      cause: error,
    });
  }
}

const knownKeys = ['agents', 'role', 'capabilities', 'weight', 'concurrency', 'executor'];

function describeIssue(issue: z.core.$ZodIssue): Problem[] {
  const place = issue.path.join('.') || '(top level)';
  if (issue.code !== 'unrecognized_keys') return [{ path: place, message: issue.message }];
  return issue.keys.map((key) => {
    const near = knownKeys.find((known) => distance(known, key) <= 2);
    const hint = near === undefined ? '' : `; did you mean "${near}"?`;
    return { path: place, message: `unknown key "${key}"${hint}` };
  });
}

function toAgents(specs: z.infer<typeof agentsSchema>): Agent[] {
  return Object.entries(specs).map(([name, spec]) => ({ name, ...spec }));
}
