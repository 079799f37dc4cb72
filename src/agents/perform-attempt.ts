import type { Agent } from '../domain/agent.ts';
import type { AttemptFailure } from '../domain/failure.ts';
import type { Logger } from '../domain/logger.ts';
import {
  noteAttempt,
  prepareOutcome,
  type AttemptRecord,
  type ClaimedTask,
  type CompletedOutcome,
  type Fence,
} from '../storage/attempt-store.ts';
import type { ExecutorResult } from './executor.ts';
import { failureOf } from './failure-of.ts';
import { FencedOut } from './fenced-out.ts';
import { createExecutor } from './executors/index.ts';
import { scrubEnvironment } from './executors/scrub-environment.ts';
import { rememberPatterns } from './remember-patterns.ts';
import { recall } from './recall.ts';
import type { TaskRunnerDeps } from './task-runner-deps.ts';
import { runVerify } from './verify.ts';
import { mergeIntoRun, openWorkspace, type Workspace } from './workspace.ts';

export type AttemptOutcome =
  | {
      readonly kind: 'done';
      readonly completed: CompletedOutcome;
      /** What may follow once the outcome is in the record. */
      readonly afterwards: () => Promise<void>;
    }
  | {
      readonly kind: 'failed';
      readonly failure: AttemptFailure;
      readonly record: AttemptRecord;
      /** What the executor said about it. */
      readonly words: ExecutorResult;
    };

/** What is known of an attempt so far. */
interface Draft {
  record: AttemptRecord;
  words: ExecutorResult;
}

/**
 * One attempt: recall lessons, work in a worktree, verify, commit, merge. Everything that goes wrong
 * is an outcome, except being fenced out.
 *
 * @throws FencedOut when the epoch is old
 */
export async function performAttempt(
  deps: TaskRunnerDeps,
  agent: Agent,
  claimed: ClaimedTask,
  fence: Fence,
  signal: AbortSignal,
): Promise<AttemptOutcome> {
  const { task } = claimed;
  const draft: Draft = {
    record: { summary: null, workCommit: null, verified: null, usage: null, output: null },
    words: {},
  };
  const failed = (failure: AttemptFailure): AttemptOutcome => ({
    kind: 'failed',
    failure,
    ...draft,
  });
  try {
    if (task.workCommit === null) {
      const failure = await work(deps, agent, claimed, fence, signal, draft);
      if (failure !== null) return failed(failure);
    } else {
      // An earlier attempt did the work and died before its merge was recorded: only merge.
      deps.log.info({ workCommit: task.workCommit }, 'resuming at the merge');
      draft.words = resumedWords(claimed);
      draft.record = {
        ...draft.record,
        summary: task.summary,
        workCommit: task.workCommit,
      };
    }
    const merged = await merge(deps, claimed, fence, draft);
    if ('class' in merged) return failed(merged);
    return {
      kind: 'done',
      completed: {
        ...draft.record,
        result: draft.words.result ?? null,
        mergeCommit: merged.mergeCommit,
      },
      afterwards: () => rememberPatterns(deps, claimed, fence, draft.words),
    };
  } catch (error) {
    if (error instanceof FencedOut) throw error;
    deps.log.warn({ err: error }, 'attempt stopped by an error');
    return failed(failureOf(error));
  }
}

function resumedWords({ task }: ClaimedTask): ExecutorResult {
  return {
    ...(task.summary === null ? {} : { summary: task.summary }),
    ...(task.result === null ? {} : { result: task.result as ExecutorResult['result'] }),
  };
}

async function work(
  deps: TaskRunnerDeps,
  agent: Agent,
  claimed: ClaimedTask,
  fence: Fence,
  signal: AbortSignal,
  draft: Draft,
): Promise<AttemptFailure | null> {
  const { database, memory, workspaces, log } = deps;
  const { task } = claimed;
  const recalled = await recall(memory, claimed, fence);
  const workspace = await openWorkspace(workspaces, claimed, fence);
  let failure: AttemptFailure | null = null;
  try {
    const held = await noteAttempt(
      database.db,
      fence,
      {
        lessons: recalled.lessons.map((lesson) => lesson.id),
        baseCommit: workspace.baseCommit,
      },
      recalled.messages,
    );
    if (!held) throw new FencedOut();
    deps.notify(fence.runId);
    failure = await executeAndVerify(
      deps,
      agent,
      claimed,
      fence,
      workspace,
      recalled,
      signal,
      draft,
    );
  } finally {
    const workCommit = await keepWork(
      workspace,
      failure === null && !signal.aborted ? task.spec.title : `Unfinished: ${task.spec.title}`,
      log,
    );
    draft.record = { ...draft.record, workCommit };
  }
  await memory.recordOutcome(
    recalled.lessons.map((lesson) => lesson.id),
    failure === null,
  );
  return failure;
}

async function executeAndVerify(
  deps: TaskRunnerDeps,
  agent: Agent,
  claimed: ClaimedTask,
  fence: Fence,
  workspace: Workspace,
  recalled: Awaited<ReturnType<typeof recall>>,
  signal: AbortSignal,
  draft: Draft,
): Promise<AttemptFailure | null> {
  const { task, attempt, requirements, dependencies } = claimed;
  const allowed = agent.executor.type === 'command' ? agent.executor.env : [];
  const env = scrubEnvironment(deps.variables, allowed);
  const onOutput = (chunk: string) => deps.log.debug({ chunk }, 'output');
  const executor = createExecutor(agent.executor);
  const outcome = await executor(
    {
      task: task.spec,
      requirements,
      dependencies: dependencies.map((dependency) => ({
        id: dependency.id,
        title: dependency.spec.title,
        summary: dependency.summary,
        result: dependency.result,
      })),
      lessons: recalled.lessons,
      context: recalled.context,
    },
    {
      runId: fence.runId,
      agent,
      attempt,
      epoch: fence.epoch,
      directory: workspace.directory,
      configDirectory: deps.configDirectory,
      signal,
      env,
      onOutput,
    },
  );
  draft.words = outcome.result;
  draft.record = {
    ...draft.record,
    summary: outcome.result.summary ?? null,
    usage: (outcome.result.usage ?? null) as AttemptRecord['usage'],
    output: outcome.outputTail,
  };
  if (!outcome.ok) return outcome.failure;
  const command = task.spec.verify;
  if (command === undefined) return null;

  await progress(deps, fence, agent, 'verifying');
  const verified = await runVerify({
    command,
    directory: workspace.directory,
    env,
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

async function progress(
  deps: TaskRunnerDeps,
  fence: Fence,
  agent: Agent,
  stage: string,
): Promise<void> {
  const held = await noteAttempt(deps.database.db, fence, {}, [
    {
      ...fence,
      type: 'TASK_PROGRESS',
      sender: `agent:${agent.name}`,
      recipient: 'maestro',
      payload: { stage },
    },
  ]);
  if (!held) throw new FencedOut();
  deps.notify(fence.runId);
}

/** Commits what is in the workspace and removes the folder; what cannot be saved is left standing. */
async function keepWork(workspace: Workspace, title: string, log: Logger): Promise<string | null> {
  const commit = await workspace.save(title);
  try {
    await workspace.remove();
  } catch (error) {
    log.warn({ err: error, directory: workspace.directory }, 'the worktree was left behind');
  }
  return commit;
}

async function merge(
  deps: TaskRunnerDeps,
  claimed: ClaimedTask,
  fence: Fence,
  draft: Draft,
): Promise<{ readonly mergeCommit: string | null } | AttemptFailure> {
  const { workCommit } = draft.record;
  if (workCommit === null) return { mergeCommit: null };
  const prepare = async () => {
    const held = await prepareOutcome(deps.database.db, fence, {
      workCommit,
      summary: draft.record.summary,
      result: draft.words.result ?? null,
    });
    if (!held) throw new FencedOut();
  };
  const merged = await mergeIntoRun(deps.workspaces, claimed, workCommit, prepare);
  switch (merged.kind) {
    case 'merge':
      return { mergeCommit: merged.mergeCommit };
    case 'already-merged':
      return { mergeCommit: merged.head };
    case 'conflict': {
      const files = merged.files.map((file) => file.path);
      return {
        class: 'conflict',
        message: `the work conflicts with what others merged meanwhile, in ${files.join(', ')}`,
        evidence: merged.notes,
      };
    }
  }
}
