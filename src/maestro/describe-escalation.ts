import { errorMessage } from '../domain/errors.ts';
import { actionsFor, type EscalationActionName } from '../domain/escalation.ts';
import type { ClashBrief } from '../domain/merge-clash.ts';
import { briefClash } from '../git/brief-clash.ts';
import { diffCommits, type CommitDiff } from '../git/diff-commits.ts';
import { findLastClash } from '../storage/clash-store.ts';
import { getEscalation, type Escalation } from '../storage/escalation-store.ts';
import { getRun } from '../storage/run-store.ts';
import { getTask, listAttempts, type AttemptRow, type TaskRow } from '../storage/task-store.ts';
import type { MaestroDeps } from './maestro-deps.ts';

/** All that a person needs in order to answer. */
export interface EscalationCase {
  readonly escalation: Escalation;
  readonly task: TaskRow;
  /** All attempts with their failures and what was decided about them, oldest first. */
  readonly attempts: readonly AttemptRow[];
  readonly actions: readonly EscalationActionName[];
  /** What the last attempt that saved work had changed; null when none did. */
  readonly diff: CommitDiff | null;
  /** Why there is no diff although there is saved work. */
  readonly diffProblem: string | null;
  /** Of a conflict both sides, with what each was for and what it changed. */
  readonly clash: ClashBrief | null;
}

/** @throws AuroraError escalation-not-found */
export async function describeEscalation(
  deps: Pick<MaestroDeps, 'database' | 'mirrors' | 'log'>,
  id: string,
): Promise<EscalationCase> {
  const { db } = deps.database;
  const escalation = await getEscalation(db, id);
  const { runId, taskId, kind, state } = escalation;
  const [task, attempts] = await Promise.all([
    getTask(db, runId, taskId),
    listAttempts(db, runId, [taskId]),
  ]);
  return {
    ...{ escalation, task, attempts },
    actions: state === 'open' ? actionsFor(kind) : [],
    ...(await readDiffs(deps, escalation, attempts)),
  };
}

/** A repository that is away costs the diffs, not the question. */
async function readDiffs(
  { database, mirrors, log }: Pick<MaestroDeps, 'database' | 'mirrors' | 'log'>,
  { runId, taskId, kind }: Escalation,
  attempts: readonly AttemptRow[],
): Promise<Pick<EscalationCase, 'diff' | 'diffProblem' | 'clash'>> {
  const none = { diff: null, diffProblem: null, clash: null };
  const last = attempts.findLast((attempt) => attempt.workCommit !== null);
  const { repository } = await getRun(database.db, runId);
  if (!last?.workCommit || !last.baseCommit || repository === null) return none;
  const clash = kind === 'conflict' ? await findLastClash(database.db, runId, taskId) : null;
  try {
    const mirror = await mirrors.open(repository);
    return {
      ...none,
      diff: await diffCommits(mirror, last.baseCommit, last.workCommit),
      clash: clash === null ? null : await briefClash(mirror, clash.clash),
    };
  } catch (error) {
    log.warn({ err: error, runId }, 'no diff could be made');
    return { ...none, diffProblem: errorMessage(error) };
  }
}
