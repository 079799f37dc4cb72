import type { RequirementTrace } from '../../domain/requirement-trace.ts';
import type { Message } from '../../domain/message.ts';
import type { RequestSource } from '../../domain/run.ts';
import { ownIds } from '../../memory/memory-id.ts';
import type { Db } from '../../storage/database.ts';
import { listDeliveries, type Delivery } from '../../storage/delivery-store.ts';
import { listEscalations, type Escalation } from '../../storage/escalation-store.ts';
import { listDependencies, type Dependency } from '../../storage/plan-store.ts';
import { listMergeConflicts, type MergeConflictRow } from '../../storage/merge-conflict-store.ts';
import {
  listPreventedConflicts,
  type PreventedConflictRow,
} from '../../storage/prevented-conflict-store.ts';
import { getProject } from '../../storage/project-store.ts';
import { readProgress, readRemaining, type RunProgress } from '../../storage/progress-store.ts';
import { listReassignments, type Reassignment } from '../../storage/reassignment-store.ts';
import { getRun, readSource, type Run } from '../../storage/run-store.ts';
import { listAdvice, listLatestMessages } from '../../storage/run-view-store.ts';
import {
  listAttempts,
  listTasks,
  type AttemptRow,
  type TaskRow,
} from '../../storage/task-store.ts';
import { listRevisions, type Revision } from '../../storage/revision-store.ts';
import { readTrace } from '../../storage/trace-store.ts';
import { readWaitingReasons } from '../../storage/waiting-store.ts';
import type { Advice } from './task-table.ts';

/** Everything that the page of a run shows. */
export interface RunView {
  readonly run: Run;
  readonly source: RequestSource;
  readonly project: string;
  readonly progress: RunProgress;
  /** About how many milliseconds are left; null when that is not known. */
  readonly remaining: number | null;
  readonly requirements: readonly RequirementTrace[];
  readonly tasks: readonly TaskRow[];
  readonly dependencies: readonly Dependency[];
  readonly attempts: readonly AttemptRow[];
  readonly escalations: readonly Escalation[];
  readonly messages: readonly Message[];
  readonly conflicts: readonly MergeConflictRow[];
  readonly prevented: readonly PreventedConflictRow[];
  /** How tasks came from agent to agent, oldest first. */
  readonly moves: readonly Reassignment[];
  /** Where its work has gone, oldest first. */
  readonly deliveries: readonly Delivery[];
  /** How the plan was changed, oldest first. */
  readonly revisions: readonly Revision[];
  /** What each waiting task waits for. */
  readonly reasons: ReadonlyMap<string, string>;
  readonly adviceOf: (lessonId: string) => Advice | undefined;
  readonly now: Date;
}

const shownMessages = 200;

/** @throws AuroraError run-not-found */
export async function loadRunView(db: Db, runId: string): Promise<RunView> {
  const run = await getRun(db, runId);
  const [
    source,
    project,
    progress,
    requirements,
    tasks,
    dependencies,
    attempts,
    escalations,
    messages,
    conflicts,
    prevented,
    deliveries,
    revisions,
    moves,
    remaining,
  ] = await Promise.all([
    readSource(db, runId),
    getProject(db, run.projectId),
    readProgress(db, [run]),
    readTrace(db, runId),
    listTasks(db, runId),
    listDependencies(db, runId),
    listAttempts(db, runId),
    listEscalations(db, runId),
    listLatestMessages(db, runId, shownMessages),
    listMergeConflicts(db, runId),
    listPreventedConflicts(db, runId),
    listDeliveries(db, runId),
    listRevisions(db, runId),
    listReassignments(db, runId),
    run.state === 'running' ? readRemaining(db, runId) : null,
  ]);
  const lessons = [...new Set(attempts.flatMap((attempt) => attempt.lessons))];
  const advice = await listAdvice(db, ownIds('working', lessons));
  return {
    run,
    source,
    project: project?.name ?? run.projectId,
    progress: progress.get(runId) as RunProgress,
    remaining,
    requirements,
    tasks,
    dependencies,
    attempts,
    escalations,
    messages,
    ...{ conflicts, prevented, deliveries, revisions, moves },

    reasons: await readWaitingReasons(db, run, tasks, dependencies),
    adviceOf: (lessonId) => advice.get(ownIds('working', [lessonId])[0] ?? ''),
    now: new Date(),
  };
}
