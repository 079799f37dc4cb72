import { posix } from 'node:path';
import type { FailedCheck, Feedback, ReviewThread } from '../domain/feedback.ts';
import type { KnownAnswers } from '../delivery/forge-client.ts';
import { forgeOf } from '../delivery/forge-of.ts';
import { AuroraError } from '../domain/errors.ts';
import { integrationBranch } from '../domain/run.ts';
import { listBranchMerges } from '../git/branch-merges.ts';
import { fetchCommit } from '../git/fetch-commit.ts';
import type { Mirror } from '../git/mirror.ts';
import { cleanText, mapStrings } from '../memory/clean-text.ts';
import { scanSecretsIn } from '../memory/scan-secrets.ts';
import { listDeliveries, type Delivery } from '../storage/delivery-store.ts';
import { listFeedback, requestAnswers, type FeedbackRow } from '../storage/feedback-store.ts';
import type { Revision } from '../storage/revision-store.ts';
import { getRun, type Run } from '../storage/run-store.ts';
import { listTasks, type TaskRow } from '../storage/task-store.ts';
import { feedbackTasks, type AnsweringTask } from './feedback-tasks.ts';
import type { MaestroDeps } from './maestro-deps.ts';
import { reviseRun } from './revise-run.ts';

/** How often a check of the same name becomes a task of one run: an agent may be unable to mend it. */
const maxMendings = 3;
/** Milliseconds after a delivery in which its checks are waited for, to be told of all that fail at once. */
const checksTime = 3_600_000;

/** What became of what a pull request has brought back. */
export interface SyncedFeedback {
  /** Null: it is not open any more. */
  readonly url: string | null;
  readonly tasks: readonly { readonly id: string; readonly title: string }[];
  /** What became no task, and why. */
  readonly skipped: readonly { readonly what: string; readonly why: string }[];
  /** Checks that are waited for. */
  readonly running: number;
}

export interface SyncOptions {
  readonly signal?: AbortSignal;
  readonly known?: KnownAnswers;
}

/**
 * Reads what reviewers and checks say of a run's pull requests, and makes what is new into tasks of the run.
 * Each comment and each check becomes one once, however many ask at the same time.
 *
 * @throws AuroraError run-not-found; state-conflict when the run has no pull request, or cannot be changed
 *   as it is; forge-denied, forge-refused, forge-unavailable
 */
export async function syncFeedback(
  deps: MaestroDeps,
  runId: string,
  options: SyncOptions = {},
): Promise<SyncedFeedback[]> {
  const { db } = deps.database;
  await getRun(db, runId);
  const found = (await listDeliveries(db, runId)).filter(
    ({ kind, commit }) => kind === 'pr' && commit !== null,
  );
  if (found.length === 0) {
    throw new AuroraError(
      'state-conflict',
      `Run ${runId} has no pull request yet: aurora deliver ${runId} --pr.`,
    );
  }
  const synced: SyncedFeedback[] = [];
  for (const delivery of found) synced.push(await syncDelivery(deps, delivery, options));
  return synced;
}

/** As {@link syncFeedback}, of one pull request. */
export async function syncDelivery(
  deps: MaestroDeps,
  { runId, target: into, commit, at }: Delivery,
  options: SyncOptions = {},
): Promise<SyncedFeedback> {
  const { database, mirrors, forge: settings } = deps;
  const { db } = database;
  const run = await getRun(db, runId);
  const mirror = await mirrors.open(run.repository as string);
  const { forge } = await forgeOf(mirror, settings, options);
  const before = await listFeedback(db, runId);
  const seen = new Set(before.map(({ id }) => id));
  const from = integrationBranch(runId);
  const waitsForChecks = Date.now() - at.getTime() < checksTime;
  const isGivenUp = (check: string) => mendings(check, before) >= maxMendings;
  const question = { from, into, commit: commit as string, seen, waitsForChecks, isGivenUp };
  const found = await forge.feedback(question);
  if (found === undefined) return { url: null, tasks: [], skipped: [], running: 0 };
  const said = await scanSecretsIn(mapStrings(found, cleanText) as Feedback);
  const { url, checks } = said;
  const skipped: { what: string; why: string }[] =
    said.unread === null ? [] : [{ what: 'its checks', why: said.unread }];
  const threads = said.threads.map((thread) => ({
    ...thread,
    notes: thread.notes.filter(({ isTrusted, id, author, url: what }) => {
      const why = `${author} may not change the repository`;
      if (!isTrusted && !seen.has(id)) skipped.push({ what, why });
      return isTrusted;
    }),
  }));
  const news = unanswered({ threads, checks }, before);
  for (const { name, url: place } of news.givenUp) {
    const why = `it has become a task ${maxMendings} times already`;
    skipped.push({ what: place ?? name, why });
  }
  let tasks: AnsweringTask[] = [];
  let revision: Revision | undefined;
  if (news.threads.length + news.checks.length > 0) {
    const ownerOf = await ownersOf(deps, run, mirror, commit as string, [
      ...news.threads.flatMap(({ file }) => file ?? []),
      ...news.checks.flatMap(({ places }) => places.map(({ file }) => file)),
    ]);
    revision = await requestAnswers(db, runId, (known, taken) => {
      const left = unanswered({ threads, checks }, known);
      tasks = feedbackTasks(left, ownerOf, (id) => taken.has(id));
      return tasks.length === 0 ? undefined : changeOf(tasks, url, known);
    });
  }
  if (revision !== undefined) {
    deps.log.info({ runId, url, tasks: tasks.map(({ task }) => task.id) }, 'feedback became tasks');
    deps.notify(runId);
    await reviseRun(deps, runId);
  }
  return {
    ...{ url, skipped, running: waitsForChecks ? said.running : 0 },
    tasks: tasks.map(({ task: { id, title } }) => ({ id, title })),
  };
}

/** How often a check of this name has become a task. */
const mendings = (name: string, known: readonly FeedbackRow[]) =>
  new Set(known.flatMap(({ check, taskId }) => (check === name ? taskId : []))).size;

/** The change of the plan that these tasks are, and what they answer that nobody has answered before. */
const changeOf = (tasks: readonly AnsweringTask[], by: string, known: readonly FeedbackRow[]) => ({
  request: JSON.stringify({
    change: tasks.map(({ task }) => task.title).join('\n'),
    answers: tasks.map(({ task, agent }) => ({ task, agent })),
  }),
  by,
  answered: tasks.flatMap(({ task, answers }) =>
    answers
      .filter(({ id }) => !known.some((row) => row.id === id))
      .map((answer) => ({ ...answer, taskId: task.id })),
  ),
});

/** What is to become a task: threads in which something is new, and new failures of checks. */
function unanswered(
  { threads, checks }: { threads: readonly ReviewThread[]; checks: readonly FailedCheck[] },
  known: readonly FeedbackRow[],
): { threads: ReviewThread[]; checks: FailedCheck[]; givenUp: FailedCheck[] } {
  const answered = new Set(known.map(({ id }) => id));
  const failed = checks.filter(({ id }) => !answered.has(id));
  return {
    threads: threads.filter(({ notes }) => notes.some(({ id }) => !answered.has(id))),
    checks: failed.filter(({ name }) => mendings(name, known) < maxMendings),
    givenUp: failed.filter(({ name }) => mendings(name, known) >= maxMendings),
  };
}

/** Whose task each file is: of the task that was the last to change it, else of the last that was merged. */
async function ownersOf(
  { database }: MaestroDeps,
  { id: runId, baseCommit }: Run,
  mirror: Mirror,
  head: string,
  files: readonly string[],
): Promise<(file: string | null) => TaskRow> {
  await fetchCommit(mirror, head);
  const tasks = await listTasks(database.db, runId);
  const last = async (paths: readonly string[]) => {
    const merges = await listBranchMerges(mirror, { head, work: baseCommit as string, paths });
    return merges.findLast(({ taskId }) => tasks.some(({ id }) => id === taskId))?.taskId;
  };
  const owners = new Map<string, string | undefined>();
  for (const file of new Set(files.filter(isInside))) owners.set(file, await last([file]));
  const heir = await last([]);
  const byId = new Map(tasks.map((task) => [task.id, task]));
  return (file) => {
    const owner = (file === null ? undefined : owners.get(file)) ?? heir;
    return byId.get(owner ?? '') ?? (tasks[0] as TaskRow);
  };
}

/** Checks name files as they like: those of the machine that they ran on, for instance, which git refuses. */
const isInside = (file: string) =>
  file !== '' && !posix.isAbsolute(file) && posix.normalize(file).split('/')[0] !== '..';
