import { AuroraError } from '../domain/errors.ts';

/** What names an attempt in git: a reassigned task has a new epoch, so no two attempts share a ref. */
export interface AttemptKey {
  readonly runId: string;
  readonly taskId: string;
  readonly epoch: number;
}

const component = /^[A-Za-z0-9](?:[A-Za-z0-9_-]|\.(?!\.|lock$|$))*$/;

/** Checks that an id of ours can be a part of a ref and of a path. */
export function refComponent(id: string): string {
  if (!component.test(id)) {
    throw new AuroraError('bug', `"${id}" cannot be part of a git ref or a folder name`);
  }
  return id;
}

/** Where an attempt's work is kept in origin until it is merged. */
export function workRef({ runId, taskId, epoch }: AttemptKey): string {
  return `${taskRefPrefix({ runId, taskId })}${refComponent(String(epoch))}`;
}

/** How the refs of all attempts at a task begin. */
export function taskRefPrefix({ runId, taskId }: Pick<AttemptKey, 'runId' | 'taskId'>): string {
  return `${workRefPrefix(runId)}${refComponent(taskId)}/`;
}

export function workRefPrefix(runId: string): string {
  return `refs/aurora/${refComponent(runId)}/`;
}

export function branchRef(branch: string): string {
  return `refs/heads/${branch}`;
}

/** Where a mirror keeps the last known state of a branch of origin. */
export function trackingRef(branch: string): string {
  return `refs/remotes/origin/${branch}`;
}
