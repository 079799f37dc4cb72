import type { Agent } from '../domain/agent.ts';
import type { AttemptFailure } from '../domain/failure.ts';
import { listBranchMerges } from '../git/branch-merges.ts';
import type { Mirror } from '../git/mirror.ts';
import type { PreparedMerge } from '../git/merge-work.ts';
import type { MergeConflict, ResolveOptions } from '../git/resolve-conflicts.ts';
import { sure } from '../merging/merge-file.ts';
import { prepareOutcome, type Fence } from '../storage/attempt-store.ts';
import { recordCheck } from '../storage/check-store.ts';
import { type ClaimedTask } from '../storage/claim-store.ts';
import { recallResolutions, recordMergeConflicts } from '../storage/merge-conflict-store.ts';
import { AttemptStopped } from './attempt-signal.ts';
import { nameTasks } from './blame-merge.ts';
import { branchStart } from './branch-start.ts';
import { FencedOut } from './fenced-out.ts';
import { mergeIntoRun } from './merge-into-run.ts';
import { reachOf } from './reach.ts';
import { regenerateFiles } from './regenerate-files.ts';
import { refuseWhenTaken } from './refuse-when-taken.ts';
import { setUpAttempt } from './setup/set-up-attempt.ts';
import type { TaskRunnerDeps } from './task-runner-deps.ts';
import { Unchecked, verifyMerge, type MergeVerdict } from './verify-merge.ts';
import type { AttemptDraft } from './work-on-task.ts';

/** The least confidence of a resolution that the task's check then has to confirm. */
const checkable = 0.7;

/** A merge that must not be published. */
class MergeRefused extends Error {
  override readonly name = 'MergeRefused';
  /** Null when nothing is known against it, but too little for it. */
  readonly failure: AttemptFailure | null;
  readonly conflicts: readonly MergeConflict[];
  /** Whether it rests on resolutions that are not sure. */
  readonly isGuess: boolean;

  constructor(
    failure: AttemptFailure | null,
    conflicts: readonly MergeConflict[],
    isGuess: boolean,
  ) {
    super(failure?.message ?? 'no check could confirm it');
    this.failure = failure;
    this.conflicts = conflicts;
    this.isGuess = isGuess;
  }
}

/**
 * Merges an attempt's work into its run. Conflicts are resolved where that is sure, and, when the
 * task has a check that then passes, where it is likely. Whatever differs from what the task itself
 * has checked is checked again before anybody sees it.
 *
 * @returns the merge, or why there is none
 * @throws FencedOut, AttemptStopped when the task is no longer ours or nobody wants it
 */
export async function mergeAttempt(
  deps: TaskRunnerDeps,
  agent: Agent,
  claimed: ClaimedTask,
  fence: Fence,
  signal: AbortSignal,
  draft: AttemptDraft,
): Promise<{ readonly mergeCommit: string | null } | AttemptFailure> {
  refuseWhenTaken(signal);
  const work = draft.record.workCommit;
  if (work === null) return { mergeCommit: null };
  const stillOurs = async () => {
    refuseWhenTaken(signal);
    const { summary } = draft.record;
    const outcome = { workCommit: work, summary, result: draft.words.result ?? null };
    switch (await prepareOutcome(deps.database.db, fence, outcome)) {
      case 'prepared':
        return;
      case 'fenced':
        throw new FencedOut();
      case 'aborted':
        throw new AttemptStopped('aborted', 'the run was aborted');
    }
  };
  const beforePublish = async (
    mirror: Mirror,
    { head, mergeCommit, conflicts }: PreparedMerge & { readonly kind: 'merge' },
  ) => {
    await stillOurs();
    const isGuess = conflicts.some(({ confidence }) => confidence < sure);
    const commits = { head, merge: mergeCommit, work, isGuess };
    const reach = reachOf(deps, agent, mirror.directory);
    const onOutput = (chunk: string) => deps.log.debug({ chunk }, 'set-up of a merge');
    const prepare = (directory: string) =>
      setUpAttempt(deps, claimed, {
        ...{ directory, attempt: fence, reach, signal, onOutput },
        mayKeep: false,
      });
    const verdict = await verifyMerge(
      deps,
      mirror,
      claimed,
      fence,
      commits,
      reach,
      prepare,
      signal,
    );
    await recordMergeCheck(deps, claimed, fence, mergeCommit, verdict);
    if (verdict.kind === 'red') throw new MergeRefused(verdict.failure, conflicts, isGuess);
    if (verdict.kind === 'unknown' && isGuess) throw new MergeRefused(null, conflicts, isGuess);
    await stillOurs();
    await record(deps, fence, conflicts, verdict.kind === 'passed' ? true : null);
  };
  const remembered = (keys: readonly string[]) =>
    recallResolutions(deps.database.db, claimed.run.repository as string, keys);
  const regenerate: ResolveOptions['regenerate'] = (conflict) =>
    regenerateFiles(deps, fence, reachOf(deps, agent, conflict.mirror.directory), signal, conflict);
  const startAt = branchStart(deps, claimed, fence);
  const merge = async (threshold: number) => {
    const resolve = { threshold, remembered, regenerate };
    const options = { resolve, startAt, beforePublish };
    const merged = await mergeIntoRun(deps.workspaces, claimed, work, options);
    if (merged.kind === 'merged') return { mergeCommit: merged.mergeCommit };
    await record(deps, fence, merged.conflicts, null);
    return conflictFailure(deps, claimed, work, merged);
  };
  try {
    return await merge(claimed.task.spec.verify === undefined ? sure : checkable);
  } catch (error) {
    if (error instanceof Unchecked) return error.failure;
    if (!(error instanceof MergeRefused)) throw error;
    if (error.isGuess) return merge(sure);
    await record(deps, fence, error.conflicts, false);
    return error.failure as AttemptFailure;
  }
}

/** A check that ran on a merge is evidence for it, or against it. */
async function recordMergeCheck(
  { database }: Pick<TaskRunnerDeps, 'database'>,
  { task }: Pick<ClaimedTask, 'task'>,
  fence: Fence,
  commit: string,
  verdict: MergeVerdict,
): Promise<void> {
  const command = task.spec.verify;
  const ran = verdict.kind === 'red' || (verdict.kind === 'passed' && verdict.ran);
  if (command === undefined || !ran) return;
  const passed = verdict.kind === 'passed';
  await recordCheck(database.db, fence, { stage: 'merge', command, commit, passed });
}

function record(
  { database }: Pick<TaskRunnerDeps, 'database'>,
  fence: Fence,
  conflicts: readonly MergeConflict[],
  verified: boolean | null,
): Promise<void> {
  const rows = conflicts.map(({ doubt = null, ...conflict }) => ({ ...conflict, doubt, verified }));
  return recordMergeConflicts(database.db, fence, rows);
}

async function conflictFailure(
  { workspaces }: Pick<TaskRunnerDeps, 'workspaces'>,
  { run }: Pick<ClaimedTask, 'run'>,
  work: string,
  { head, files, notes, conflicts }: PreparedMerge & { readonly kind: 'conflict' },
): Promise<AttemptFailure> {
  const paths = [...new Set(files.map((file) => file.path))];
  const mirror = await workspaces.mirrors.open(run.repository as string);
  const others = await listBranchMerges(mirror, { head, work, paths });
  const tried = conflicts.map(({ path, line, resolved, resolver, confidence, doubt }) => {
    const idea = resolver === null ? 'no idea' : `${resolver}, confidence ${confidence.toFixed(2)}`;
    const why = doubt === undefined ? '' : ` (${doubt})`;
    return `${path}:${line}: ${resolved ? 'could be resolved' : 'left'}, ${idea}${why}`;
  });
  return {
    class: 'conflict',
    message: `the work conflicts with what ${nameTasks(others)} merged meanwhile, in ${paths.join(', ')}`,
    evidence: [notes, ...tried].join('\n'),
    clash: { kind: 'conflict', head, files: paths, others },
  };
}
