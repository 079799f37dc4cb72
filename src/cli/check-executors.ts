import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import path from 'node:path';
import { isConfined, whyUnconfined } from '../agents/confinement/probe.ts';
import { environmentFor } from '../agents/executors/environment.ts';
import { presets } from '../agents/executors/presets/index.ts';
import { findPreset } from '../agents/executors/preset-version.ts';
import type { AuroraConfig } from '../config/config-file.ts';
import type { Environment } from '../config/environment.ts';
import type { Agent } from '../domain/agent.ts';
import type { ExecutorSpec, PresetSpec } from '../domain/executor-spec.ts';
import { whyUnreachable } from '../models/reach-model.ts';
import type { Finding } from './finding.ts';

type Verdict = Pick<Finding, 'level'> & { readonly detail: string };

/** Whether agents' programs and modules are on this machine, and new enough. */
export async function checkExecutors(config: AuroraConfig, env: Environment): Promise<Finding[]> {
  const byProgram = new Map<string, Agent[]>();
  for (const agent of config.agents) {
    // Its program is in the image.
    if (agent.sandbox?.type === 'docker' && agent.executor.type !== 'model') continue;
    const program = programOf(agent.executor);
    byProgram.set(program, [...(byProgram.get(program) ?? []), agent]);
  }
  const verdicts = await Promise.all(
    [...byProgram].map(async ([program, agents]) => {
      const [{ executor }] = agents as [Agent];
      const verdict = await judge(executor, program, config, env);
      if (verdict === undefined) return undefined;
      const harm = verdict.level === 'ok' ? 'for' : 'agents that cannot work on this machine:';
      return {
        ...verdict,
        what: 'executors',
        detail: `${verdict.detail}; ${harm} ${namesOf(agents)}`,
      };
    }),
  );
  const findings = verdicts.filter((verdict) => verdict !== undefined);
  return [
    ...findings,
    ...(await checkConfinement(config, env)),
    ...checkOwnSandboxes(config),
    ...checkNetwork(config, env),
  ];
}

/** Seen of Codex: it starts, and then can neither write a file nor run a command. */
function checkOwnSandboxes({ agents }: AuroraConfig): readonly Finding[] {
  if (process.getuid?.() !== 0) return [];
  const nested = agents.filter(
    ({ executor, sandbox }) =>
      sandbox?.type === 'bubblewrap' &&
      isPreset(executor) &&
      presets[executor.type].ownSandbox === true &&
      executor.permissions === 'edit',
  );
  if (nested.length === 0) return [];
  const detail = `as root an agent's own sandbox cannot be made within bubblewrap, and it can write nothing: give permissions: 'all', which bubblewrap holds, to ${namesOf(nested)}`;
  return [{ level: 'warning', what: 'sandbox', detail }];
}

const isPreset = (executor: ExecutorSpec): executor is PresetSpec => executor.type in presets;

/** A sandbox with a network shares that of this machine, its loopback included. */
function checkNetwork({ agents }: AuroraConfig, { token }: Environment): readonly Finding[] {
  const near = agents.filter(
    ({ sandbox }) => sandbox?.type === 'bubblewrap' && sandbox.network === true,
  );
  if (near.length === 0 || token !== undefined) return [];
  const detail = `${namesOf(near)} can reach the web server from the sandbox, and without a token it lets them submit, answer and abort runs: set AURORA_TOKEN, or network: false`;
  return [{ level: 'warning', what: 'network', detail }];
}

async function checkConfinement(
  { agents }: AuroraConfig,
  env: Environment,
): Promise<readonly Finding[]> {
  if (!agents.some(isConfined)) return [];
  const why = await whyUnconfined(agents, env.variables);
  const detail = why ?? `can be had for ${namesOf(agents.filter(isConfined))}`;
  return [{ level: why === undefined ? 'ok' : 'error', what: 'sandbox', detail }];
}

const namesOf = (agents: readonly Agent[]) => agents.map(({ name }) => name).join(', ');

function programOf(executor: ExecutorSpec): string {
  if (executor.type === 'command' || executor.type === 'acp') {
    return executor.command[0] as string;
  }
  if (executor.type === 'function') return executor.module;
  if (executor.type === 'model') return executor.model;
  return executor.program ?? executor.type;
}

async function judge(
  executor: ExecutorSpec,
  program: string,
  config: AuroraConfig,
  env: Environment,
): Promise<Verdict | undefined> {
  if (executor.type === 'function' || executor.type === 'command' || executor.type === 'acp') {
    const isThere =
      executor.type === 'function'
        ? await isAccessible(path.resolve(config.directory, executor.module), constants.R_OK)
        : await isOnPath(program, env);
    return isThere ? undefined : { level: 'warning', detail: `${program} was not found` };
  }
  if (executor.type === 'model') {
    const { models: providers, directory } = config;
    const settings = { providers, directory, variables: env.variables };
    const why = await whyUnreachable(executor.model, settings);
    return why === undefined
      ? { level: 'ok', detail: `${executor.model} can be asked` }
      : { level: 'warning', detail: why };
  }
  const found = await findPreset(
    executor,
    environmentFor(executor, env.variables),
    config.directory,
  );
  switch (found.kind) {
    case 'fits':
      return { level: 'ok', detail: `${program} ${found.version}` };
    case 'old': {
      const { version, minimum } = found;
      return { level: 'error', detail: `${program} is ${version}, it must be ${minimum} or later` };
    }
    case 'missing': {
      // Nobody has asked for the built-in agents.
      const level = config.file === undefined ? 'warning' : 'error';
      return { level, detail: `${program} was not found, install it: ${found.install}` };
    }
    case 'unclear':
      return { level: 'warning', detail: `${program} does not tell its version: ${found.why}` };
  }
}

async function isOnPath(program: string, env: Environment): Promise<boolean> {
  const folders = program.includes('/') ? [''] : (env.variables['PATH'] ?? '').split(':');
  for (const folder of folders) {
    if (await isAccessible(path.join(folder, program), constants.X_OK)) return true;
  }
  return false;
}

async function isAccessible(file: string, mode: number): Promise<boolean> {
  return access(file, mode).then(
    () => true,
    () => false,
  );
}
