import path from 'node:path';
import type { AttemptFailure } from '../../domain/failure.ts';
import type { ClaimedTask } from '../../storage/claim-store.ts';
import { getProject } from '../../storage/project-store.ts';
import type { TaskRunnerDeps } from '../task-runner-deps.ts';
import { dataDirectory, type WorkspaceOptions } from '../workspace.ts';
import { type SetupOptions, setUpWorktree } from './set-up-worktree.ts';
import { openSetupCache } from './setup-cache.ts';

/** Where what set-up commands have made is kept. */
export function setupsRoot(options: Pick<WorkspaceOptions, 'worktreesRoot'>): string {
  return path.join(dataDirectory(options), 'setups');
}

/** Makes a worktree of an attempt ready as its project wants it; null when it is, or wants nothing. */
export async function setUpAttempt(
  { database, setups, variables, workspaces }: TaskRunnerDeps,
  { run }: Pick<ClaimedTask, 'run'>,
  place: Omit<SetupOptions, 'setup' | 'cache' | 'environment'>,
): Promise<AttemptFailure | null> {
  if (setups.size === 0 || run.repository === null) return null;
  const project = await getProject(database.db, run.projectId);
  const setup = project && setups.get(project.name);
  if (setup === undefined) return null;
  const cache = openSetupCache(setupsRoot(workspaces));
  return setUpWorktree({ ...place, setup, cache, environment: variables });
}
