import type { Agent } from '../domain/agent.ts';
import { blamelessFailureClasses, type AttemptFailure } from '../domain/failure.ts';
import type { ClashBrief } from '../domain/merge-clash.ts';
import type { AttemptOutcome } from '../domain/memory.ts';
import { worktreeDirectory } from '../git/worktree-janitor.ts';
import { scanSecretsIn } from '../memory/scan-secrets.ts';
import {
  noteAttempt,
  recordUsage,
  type AttemptRecord,
  type Fence,
} from '../storage/attempt-store.ts';
import { recordCheck } from '../storage/check-store.ts';
import type { DependencyRow } from '../storage/claim-facts.ts';
import { type ClaimedTask } from '../storage/claim-store.ts';
import { stopReasonOf } from './attempt-signal.ts';
import { openAttemptLine } from './attempt-line.ts';
import type { DependencyOutcome, ExecutorResult } from './executor.ts';
import { branchStart } from './branch-start.ts';
import { createExecutor } from './executors/index.ts';
import { failureOf } from './failure-of.ts';
import { FencedOut } from './fenced-out.ts';
import { openClash } from './open-clash.ts';
import { reachOf } from './reach.ts';
import { recall, type Recalled } from './recall.ts';
import { storeLessons } from './store-lessons.ts';
import { setUpAttempt } from './setup/set-up-attempt.ts';
import { speakForAttempt } from './speak-for-attempt.ts';
import type { TaskRunnerDeps } from './task-runner-deps.ts';
import { watchOutput, type OutputWatch } from './output-watch.ts';
import { runVerify } from './verify.ts';
import { watchFiles } from './watch-files.ts';
import { whenRepositoryAnswers } from './when-repository-answers.ts';
import { openWorkspace, privateRoot, removeRunFolder, type Workspace } from './workspace.ts';

/** What is known of an attempt so far. */
export interface AttemptDraft {
  record: AttemptRecord;
  words: ExecutorResult;
}

/**
 * Does the work of an attempt in a workspace, checks it, and keeps what was written, however it
 * ends.
 *
 * @param draft is filled in on the way
 * @returns the failure, or null when the work is there
 * @throws FencedOut when the epoch is old
 */
export async function workOnTask(
  deps: TaskRunnerDeps,
  agent: Agent,
  claimed: ClaimedTask,
  fence: Fence,
  signal: AbortSignal,
  draft: AttemptDraft,
): Promise<AttemptFailure | null> {
  // Whoever failed before us may have died before memory knew.
  if (claimed.attempt > 1) await storeLessons(deps, fence);
  const recalled = await recall(deps.memory, claimed, fence);
  const clash = await openClash(deps, claimed);
  const mergeOf = clash?.own.commit ?? null;
  const startAt = branchStart(deps, claimed, fence);
  const workspace = await openWorkspace(deps.workspaces, claimed, fence, { mergeOf, startAt });
  let failure: AttemptFailure | null = null;
  let ended = false;
  let unsaved: AttemptFailure | null;
  try {
    const facts = {
      lessons: recalled.lessons.map((lesson) => lesson.id),
      withheldLessons: recalled.withheld,
      baseCommit: workspace.baseCommit,
      mergeOf,
    };
    if (!(await noteAttempt(deps.database.db, fence, facts, recalled.messages))) {
      throw new FencedOut();
    }
    deps.notify(fence.runId);
    const watch = watchOutput(deps, agent, claimed.task.spec, fence, signal);
    failure = await executeAndVerify(
      deps,
      agent,
      claimed,
      fence,
      workspace,
      recalled,
      clash,
      watch,
      draft,
    ).finally(watch.close);
    if (failure === null) await tellFindings(deps, claimed, fence, draft.words);
    ended = true;
  } finally {
    const { title } = claimed.task.spec;
    const isWhole = ended && failure === null;
    const save = () =>
      whenRepositoryAnswers(deps, claimed, fence, signal, () =>
        workspace.save(isWhole ? title : `Unfinished: ${title}`),
      );
    unsaved = await keepWork(deps, workspace, save, draft);
  }
  if (unsaved === null) await recordWorkCheck(deps, fence, draft.record);
  failure ??= unsaved;
  const reason = stopReasonOf(signal);
  const isTold = failure === null || !blamelessFailureClasses.includes(failure.class);
  if (isTold && (reason === undefined || reason === 'timeout')) {
    await countOutcome(deps, { ...fence, succeeded: failure === null, memories: recalled.uses });
  }
  return failure;
}

const toOutcome = ({ id, title, summary, result }: DependencyRow): DependencyOutcome => ({
  ...{ id, title, summary, result },
});

/** What worked and may serve others; before the merge, so that a crash after it loses nothing. */
async function tellFindings(
  deps: TaskRunnerDeps,
  { run, task }: ClaimedTask,
  fence: Fence,
  { patterns = [] }: ExecutorResult,
): Promise<void> {
  const speaker = { ...fence, agent: task.agent, projectId: run.projectId };
  for (const payload of patterns) {
    await speakForAttempt(deps, speaker, { type: 'PATTERN_STORE', payload });
  }
}

async function executeAndVerify(
  deps: TaskRunnerDeps,
  agent: Agent,
  claimed: ClaimedTask,
  fence: Fence,
  workspace: Workspace,
  recalled: Recalled,
  clash: ClashBrief | null,
  watch: OutputWatch,
  draft: AttemptDraft,
): Promise<AttemptFailure | null> {
  const { task, attempt, requirements, dependencies } = claimed;
  const reach = reachOf(deps, agent, workspace.mirrorDirectory);
  const { signal, onOutput } = watch;
  const unready = await setUpAttempt(deps, claimed, {
    ...{ directory: workspace.directory, attempt: fence, reach, signal, onOutput },
    mayKeep: task.resumeCommit === null && clash === null,
  });
  if (unready !== null) return unready;
  watch.heard();
  const files = watchFiles(deps, fence, workspace);
  const executor = createExecutor(agent.executor, {
    providers: deps.models,
    variables: deps.variables,
    directory: deps.configDirectory,
  });
  const privateDirectory = worktreeDirectory(privateRoot(deps.workspaces), fence);
  const speaker = { ...fence, agent: agent.name, projectId: claimed.run.projectId };
  const { line, close } = openAttemptLine({ ...deps, ...deps.lines }, speaker);
  const outcome = await executor(
    {
      task: task.spec,
      requirements,
      dependencies: dependencies.map(toOutcome),
      parts: claimed.parts.map(toOutcome),
      partOf: claimed.partOf,
      lessons: recalled.lessons,
      answers: claimed.guidance.answers,
      advice: claimed.guidance.advice,
      handedOver: claimed.guidance.handedOver,
      clash,
      context: recalled.context,
      leftOut: recalled.leftOut,
    },
    {
      runId: fence.runId,
      agent,
      attempt,
      epoch: fence.epoch,
      directory: workspace.directory,
      privateDirectory,
      configDirectory: deps.configDirectory,
      signal,
      ...reach,
      onOutput(chunk) {
        onOutput(chunk);
        files.stirred();
      },
      onFile: files.wrote,
      line,
    },
  ).finally(async () => {
    close();
    await files.close();
    await removeRunFolder(privateDirectory);
  });
  draft.words = await withoutSecrets(outcome.result);
  draft.record = {
    ...draft.record,
    summary: draft.words.summary ?? null,
    usage: (draft.words.usage ?? null) as AttemptRecord['usage'],
    output: outcome.outputTail,
  };
  // At once, and whoever has the task by now: what was spent is spent.
  if (draft.record.usage !== null) {
    await recordUsage(deps.database.db, fence, draft.record.usage);
  }
  if (!outcome.ok) return outcome.failure;
  const command = task.spec.verify;
  // Work that waits for an answer, for somebody else, or for its parts, is not done yet.
  const { ask, handoff, split } = outcome.result;
  if ([ask, handoff, split].some((each) => each !== undefined)) return null;
  const unsettled = await workspace.unsettled();
  if (unsettled.length > 0) return unsettledFailure(unsettled, clash);
  if (command === undefined) return null;

  const payload = { stage: 'verifying' };
  await speakForAttempt(deps, speaker, { type: 'TASK_PROGRESS', payload });
  watch.heard();
  const verified = await runVerify({
    command,
    attempt: fence,
    directory: workspace.directory,
    ...reach,
    signal,
    onOutput,
  });
  draft.record = {
    ...draft.record,
    verified: { command, passed: verified.ok },
    output: `${outcome.outputTail}\n$ ${command.join(' ')}\n${verified.outputTail}`,
  };
  return verified.ok ? null : verified.failure;
}

/** What it says to people and other agents. Its result is data for its dependants, and stays as it is. */
async function withoutSecrets({ result, ...said }: ExecutorResult): Promise<ExecutorResult> {
  const clean = await scanSecretsIn(said);
  return result === undefined ? clean : { ...clean, result };
}

function unsettledFailure(unsettled: readonly string[], clash: ClashBrief | null): AttemptFailure {
  const message = `The merge is not finished: conflicts are left in ${unsettled.join(', ')}.`;
  if (clash === null) return { class: 'conflict', message };
  const { kind, head, files } = clash;
  const others = clash.others.map(({ taskId, commit }) => ({ taskId, commit }));
  return { class: 'conflict', message, clash: { kind, head, files, others } };
}

/**
 * Commits what is in the workspace and removes the folder. What cannot be saved is left standing,
 * for the janitor and for a person to look at.
 *
 * @returns why it could not be saved
 */
async function keepWork(
  { log }: TaskRunnerDeps,
  workspace: Workspace,
  save: () => Promise<string | null>,
  draft: AttemptDraft,
): Promise<AttemptFailure | null> {
  const { directory } = workspace;
  try {
    draft.record = { ...draft.record, workCommit: await save() };
  } catch (error) {
    const failure = failureOf(error);
    const why = `the work could not be saved, its folder is kept: ${failure.message}`;
    // What people are told says it all, unless the fault is our own.
    log.warn({ directory, ...(failure.class === 'bug' ? { err: error } : {}) }, why);
    return failure;
  }
  try {
    await workspace.remove();
  } catch (error) {
    log.warn({ err: error, directory }, 'the worktree was left behind');
  }
  return null;
}

/** Before anything is merged: whoever goes on with this work after a crash finds that it was checked. */
async function recordWorkCheck(
  { database }: Pick<TaskRunnerDeps, 'database'>,
  fence: Fence,
  { verified, workCommit: commit }: AttemptRecord,
): Promise<void> {
  if (verified !== null)
    await recordCheck(database.db, fence, { stage: 'work', commit, ...verified });
}

/** Memory that is away costs the count, not the task. */
async function countOutcome(
  { memory, log }: TaskRunnerDeps,
  outcome: AttemptOutcome,
): Promise<void> {
  try {
    await memory.recordOutcome(outcome);
  } catch (error) {
    log.warn({ err: error }, 'what memory did for an attempt could not be counted');
  }
}
