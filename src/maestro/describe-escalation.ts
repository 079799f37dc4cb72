import { errorMessage } from '../domain/errors.ts';
import { actionsFor, type EscalationActionName } from '../domain/escalation.ts';
import { diffCommits, type CommitDiff } from '../git/diff-commits.ts';
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
    ...(await diffOf(deps, runId, attempts)),
  };
}

/** A repository that is away costs the diff, not the question. */
async function diffOf(
  { database, mirrors, log }: Pick<MaestroDeps, 'database' | 'mirrors' | 'log'>,
  runId: string,
  attempts: readonly AttemptRow[],
): Promise<Pick<EscalationCase, 'diff' | 'diffProblem'>> {
  const last = attempts.findLast((attempt) => attempt.workCommit !== null);
  const { repository } = await getRun(database.db, runId);
  if (!last?.workCommit || !last.baseCommit || repository === null) {
    return { diff: null, diffProblem: null };
  }
  try {
    const mirror = await mirrors.open(repository);
    return { diff: await diffCommits(mirror, last.baseCommit, last.workCommit), diffProblem: null };
  } catch (error) {
    log.warn({ err: error, runId }, 'no diff could be made');
    return { diff: null, diffProblem: errorMessage(error) };
  }
}
