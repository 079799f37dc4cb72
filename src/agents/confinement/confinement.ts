import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Agent } from '../../domain/agent.ts';
import type { SandboxSpec } from '../../domain/sandbox.ts';
import { clientEnvironment } from './client-environment.ts';

/** How far the programs of an attempt can reach: the agent's own, checks, set-up commands. */
export interface Confinement {
  readonly sandbox: SandboxSpec | undefined;
  /** Bytes that they may use together; undefined for as many as there are. */
  readonly maxMemory: number | undefined;
  readonly home: string;
  /** Aurora's own folder, with the work of others in it: a sandbox hides it. */
  readonly dataDirectory: string;
  readonly configDirectory: string;
  /** The environment of the client of what makes sandboxes; no program sees it. */
  readonly client: Readonly<Record<string, string>>;
  /** The mirror that the worktree belongs to; undefined for a run without a repository. */
  readonly mirrorDirectory: string | undefined;
}

export function confinementOf(
  { sandbox, maxMemory }: Pick<Agent, 'sandbox' | 'maxMemory'>,
  place: Pick<Confinement, 'dataDirectory' | 'configDirectory' | 'mirrorDirectory'> & {
    readonly variables: Readonly<Record<string, string>>;
  },
): Confinement {
  const { variables, ...rest } = place;
  const client = clientEnvironment(variables);
  return { ...rest, sandbox, maxMemory, client, home: variables['HOME'] ?? homedir() };
}

/** A path as the configuration writes it. */
export function resolveWritten(
  written: string,
  { home, configDirectory }: Pick<Confinement, 'home' | 'configDirectory'>,
): string {
  if (written === '~' || written.startsWith('~/')) return join(home, written.slice(1));
  return resolve(configDirectory, written);
}
