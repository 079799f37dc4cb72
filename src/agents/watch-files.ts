import { errorMessage } from '../domain/errors.ts';
import type { Fence } from '../storage/attempt-store.ts';
import { noteSeenFiles } from '../storage/seen-files-store.ts';
import { attemptKey } from './running-attempts.ts';
import type { TaskRunnerDeps } from './task-runner-deps.ts';
import type { Workspace } from './workspace.ts';

/** Milliseconds between two looks at an attempt's worktree at least. */
const leastPause = 2_000;
/** The pause after a look, by how long the look took: looks cost one core 2 % of its time at most. */
const pausePerCost = 49;
/** Files of an attempt that are noted; who changes more changes everything. */
const maxFiles = 1_000;

/** Follows which files an attempt changes, so that others learn of it while it is at work. */
export interface FileWatch {
  /** It has shown that it goes on: there may be something new to see. */
  readonly stirred: () => void;
  /** It has just written this file of its worktree. */
  readonly wrote: (file: string) => void;
  /** Its executor has ended: one more look. */
  readonly close: () => Promise<void>;
}

/**
 * Looks at an attempt's worktree when it has stirred, not more often than a look is worth. A hint to
 * others: what cannot be seen or noted costs nobody the task.
 */
export function watchFiles(
  { database, running, lines, notify, log }: TaskRunnerDeps,
  fence: Fence,
  workspace: Pick<Workspace, 'touched' | 'mirrorDirectory'>,
): FileWatch {
  const attempt = running.get(attemptKey(fence));
  let known = new Set<string>();
  let noted = '[]';
  let notBefore = 0;
  let timer: NodeJS.Timeout | undefined;
  let current = Promise.resolve();

  const note = async () => {
    const files = [...known].sort().slice(0, maxFiles);
    const text = JSON.stringify(files);
    if (text === noted) return;
    if (attempt !== undefined) attempt.isFollowed = true;
    const told = await noteSeenFiles(database.db, fence, files);
    noted = text;
    if (!told) return;
    lines.discoveries.tell(fence.runId);
    notify(fence.runId);
  };
  const inTurn = (action: () => Promise<void>) => {
    current = current.then(action).catch((error: unknown) => {
      log.debug({ why: errorMessage(error) }, 'the files of an attempt could not be seen or noted');
    });
    return current;
  };
  const look = () => {
    timer = undefined;
    return inTurn(async () => {
      const begin = performance.now();
      known = new Set(await workspace.touched());
      const end = performance.now();
      notBefore = end + Math.max(leastPause, (end - begin) * pausePerCost);
      await note();
    });
  };
  const stirred = () => {
    timer ??= setTimeout(() => void look(), Math.max(0, notBefore - performance.now()));
  };
  if (attempt !== undefined) attempt.stirred = stirred;
  return {
    stirred,
    wrote(file) {
      // Without a repository nobody shares anything.
      if (workspace.mirrorDirectory === null || known.has(file)) return;
      known.add(file);
      void inTurn(note);
    },
    async close() {
      if (attempt !== undefined) delete attempt.stirred;
      clearTimeout(timer);
      await look();
    },
  };
}
