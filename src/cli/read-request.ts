import { Option, type Command } from 'commander';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Agent } from '../domain/agent.ts';
import { AuroraError, errorMessage } from '../domain/errors.ts';
import { plannerNames } from '../domain/planned-by.ts';
import { parsePlanFile } from '../maestro/planning/plan-file.ts';
import { validatePlan } from '../maestro/planning/plan-validator.ts';
import { maxRequirementBytes } from '../maestro/run-request.ts';

export interface RequestOptions {
  file?: string;
  plan?: string;
  repo?: string;
}

/** The options by which `run` and `plan` take what is asked for. */
export function requestOptions(command: Command): Command {
  return command
    .option('--file <file>', 'read the requirement from a file, - for standard input')
    .option('--plan <file>', 'a plan file (YAML or JSON) instead of a requirement')
    .option('--repo <path-or-url>', 'git repository to work on');
}

/** Who plans; a plan file needs no planner. */
export function plannerOption(): Option {
  const about = 'who plans; default: the model of aurora.config, if there is one';
  return new Option('--planner <planner>', about).choices(plannerNames);
}

/**
 * What is asked for, as a request that the door takes.
 *
 * @throws AuroraError request-invalid when not exactly one source is given or it cannot be read;
 *   plan-invalid with every problem and its line
 */
export async function readRequest(
  requirement: string | undefined,
  options: RequestOptions,
  agents: readonly Agent[],
): Promise<{ requirement?: string; plan?: unknown; repository?: string }> {
  const sources = [requirement, options.file, options.plan].filter((each) => each !== undefined);
  if (sources.length !== 1) {
    throw new AuroraError(
      'request-invalid',
      'Say what shall be built in exactly one way: "<requirement>", --file FILE, or --plan FILE.',
    );
  }
  const repository = options.repo === undefined ? {} : { repository: location(options.repo, '.') };
  if (requirement !== undefined) return { requirement, ...repository };
  if (options.file !== undefined)
    return { requirement: await readText(options.file), ...repository };
  const file = options.plan as string;
  const { content, source } = parsePlanFile(await readText(file), file);
  // Here, where the file is at hand, problems can be named by line and column.
  const own = validatePlan(content, agents, source).plan.repository;
  return {
    plan: content,
    // A plan's relative path starts at the plan.
    ...(own === undefined ? {} : { repository: location(own, path.dirname(file)) }),
    ...repository,
  };
}

function location(pathOrUrl: string, from: string): string {
  const isUrl = /^[a-z][a-z0-9+.-]*:\/\//i.test(pathOrUrl) || /^[^/\\]+@[^/\\]+:/.test(pathOrUrl);
  return isUrl || pathOrUrl.startsWith('-') ? pathOrUrl : path.resolve(from, pathOrUrl);
}

/** @throws AuroraError request-invalid, requirement-invalid when it cannot be read or is no text */
export async function readText(file: string): Promise<string> {
  try {
    const bytes = file === '-' ? await readStandardInput() : await readFile(file);
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch (error) {
    if (error instanceof AuroraError) throw error;
    if (error instanceof TypeError) {
      throw new AuroraError('requirement-invalid', `${file} is not UTF-8 text.`, { cause: error });
    }
    throw new AuroraError('request-invalid', `${file} cannot be read: ${errorMessage(error)}`, {
      cause: error,
    });
  }
}

async function readStandardInput(): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of process.stdin) {
    chunks.push(chunk as Buffer);
    size += (chunk as Buffer).length;
    if (size > 10 * maxRequirementBytes) {
      throw new AuroraError('requirement-invalid', 'Standard input holds more than 10 MB.');
    }
  }
  return Buffer.concat(chunks);
}
