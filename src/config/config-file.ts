import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { agentsSchema, type Agent } from '../domain/agent.ts';
import { AuroraError, errorMessage } from '../domain/errors.ts';
import { escalationPolicySchema, type EscalationPolicy } from '../domain/escalation-policy.ts';
import { defaultMaxQuestions } from '../domain/escalation.ts';
import { defaultMaxHandoffs } from '../domain/handoff.ts';
import { modelProvidersSchema, type ModelProviders } from '../domain/model.ts';
import { plannerSettingsSchema, type PlannerSettings } from '../domain/planner-settings.ts';
import { projectSettingsSchema, type ProjectSettings } from '../domain/project-settings.ts';
import { describeConfigIssue } from './config-issue.ts';
import { defaultAgents } from './default-agents.ts';

const configSchema = z.strictObject({
  agents: agentsSchema,
  escalations: escalationPolicySchema.default({}),
  /** How often a task may be handed on from agent to agent before a person decides. */
  maxHandoffs: z.int().min(0).max(20).default(defaultMaxHandoffs),
  /** Providers of models by the name that stands before the colon of `provider:name`. */
  models: modelProvidersSchema.default({}),
  /** Which model plans, and within which bounds; the rules when nobody says. */
  planner: plannerSettingsSchema.prefault({}),
  /** How often an agent may ask about a task before it has failed. */
  maxQuestions: z.int().min(0).max(1_000).default(defaultMaxQuestions),
  /** By name; what is said here is written to the record each time that Maestro starts. */
  projects: projectSettingsSchema.default({}),
});

/** What `aurora.config.{ts,mjs,json}` may hold. */
export type AuroraConfigInput = z.input<typeof configSchema>;

export interface AuroraConfig {
  readonly agents: readonly Agent[];
  readonly escalations: EscalationPolicy;
  readonly maxHandoffs: number;
  readonly maxQuestions: number;
  readonly models: ModelProviders;
  readonly planner: PlannerSettings;
  readonly projects: ProjectSettings;
  /** The file it came from; undefined for the built-in default. */
  readonly file: string | undefined;
  /** Where relative paths of the configuration start. */
  readonly directory: string;
}

/** Gives an `aurora.config.ts` its types. */
export function defineConfig(config: AuroraConfigInput): AuroraConfigInput {
  return config;
}

/** A configuration that says nothing but which agents there are. */
export function configFor(agents: readonly Agent[], directory: string): AuroraConfig {
  const { agents: _none, ...rest } = configSchema.parse({ agents: defaultAgents });
  return { ...rest, agents, file: undefined, directory };
}

/**
 * Loads the configuration: the named file, else `aurora.config.*` of the folder, else the built-in
 * agents.
 *
 * @throws AuroraError config-invalid with every problem and its place
 */
export async function loadConfig(directory: string, file?: string): Promise<AuroraConfig> {
  const chosen =
    file === undefined ? await findConfigFile(directory) : path.resolve(directory, file);
  if (chosen === undefined) {
    return configFor(toAgents(defaultAgents), directory);
  }
  if (!existsSync(chosen)) {
    throw new AuroraError('config-invalid', `There is no configuration file ${chosen}.`);
  }
  if (!/\.(json|[cm]?[jt]s)$/.test(chosen)) {
    throw new AuroraError(
      'config-invalid',
      `${chosen} is not a configuration that Aurora reads: write one of ${fileNames.join(', ')}.`,
    );
  }
  const content = await importConfig(chosen);
  const parsed = configSchema.safeParse(content);
  if (!parsed.success) {
    const problems = parsed.error.issues.flatMap((issue) => describeConfigIssue(issue, content));
    throw new AuroraError(
      'config-invalid',
      `${chosen} has ${problems.length} problem(s):\n` +
        problems.map((problem) => `  ${problem.path}: ${problem.message}`).join('\n'),
      { problems },
    );
  }
  const { agents, ...rest } = parsed.data;
  return {
    agents: toAgents(agents),
    ...rest,
    file: chosen,
    directory: path.dirname(chosen),
  };
}

const fileNames = ['aurora.config.ts', 'aurora.config.mjs', 'aurora.config.json'];

/** Also a file under a name that cannot be read, which is then refused rather than overlooked. */
async function findConfigFile(directory: string): Promise<string | undefined> {
  const present = (await readdir(directory)).filter((name) => name.startsWith('aurora.config.'));
  const readable = fileNames.find((name) => present.includes(name)) ?? present[0];
  return readable === undefined ? undefined : path.join(directory, readable);
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

function toAgents(specs: z.infer<typeof agentsSchema>): Agent[] {
  return Object.entries(specs).map(([name, spec]) => ({ name, ...spec }));
}
