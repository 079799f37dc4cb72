import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import type { SandboxSpec } from '../../domain/sandbox.ts';
import { type Confinement, resolveWritten } from './confinement.ts';

/** A file or folder that a sandboxed program finds where it is on this machine. */
export interface Mount {
  readonly path: string;
  readonly access: 'read' | 'change';
  readonly mayBeMissing?: true;
}

/** What a sandboxed program needs beside the system. */
export interface SandboxPlace {
  readonly cwd: string;
  /** Folders that it may change; the working folder is one anyway. */
  readonly writable: readonly string[];
  /** What it keeps in the home folder, relative to it: credentials and settings of its own. */
  readonly state: readonly string[];
}

/** All that a program may see beside the system; what is within something else comes after it. */
export async function mountsOf(
  sandbox: Pick<SandboxSpec, 'readable' | 'writable'>,
  { home, configDirectory, mirrorDirectory }: Confinement,
  { cwd, writable, state }: SandboxPlace,
): Promise<readonly Mount[]> {
  const written = (paths: readonly string[]) =>
    paths.map((each) => resolveWritten(each, { home, configDirectory }));
  const readable = [
    ...(mirrorDirectory === undefined ? [] : [mirrorDirectory]),
    ...written(sandbox.readable),
  ];
  const changeable = [...written(sandbox.writable), ...writable, cwd];
  return [
    { path: join(home, '.gitconfig'), access: 'read', mayBeMissing: true },
    ...readable.map((path) => ({ path, access: 'read' as const })),
    ...state.map((path) => ({
      path: join(home, path),
      access: 'change' as const,
      mayBeMissing: true as const,
    })),
    ...changeable.map((path) => ({ path, access: 'change' as const })),
    // The way to git's data: a worktree without it could not be saved.
    ...(await gitPointer(cwd)).map((path) => ({ path, access: 'read' as const })),
  ];
}

async function gitPointer(directory: string): Promise<string[]> {
  const pointer = join(directory, '.git');
  const found = await lstat(pointer).catch(() => undefined);
  return found?.isFile() === true ? [pointer] : [];
}
