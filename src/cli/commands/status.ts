import type { Command } from 'commander';
import { spendText } from '../../domain/budget.ts';
import pc from 'picocolors';
import type { AgentScore } from '../../domain/agent-score.ts';
import { assignmentHistory, type AssignmentStep } from '../../storage/assignment-history.ts';
import { readProgress } from '../../storage/progress-store.ts';
import { listReassignments } from '../../storage/reassignment-store.ts';
import { listRuns } from '../../storage/run-store.ts';
import { answer } from '../cli-context.ts';
import { formatBar, formatDuration, oneLine, paintState } from '../format.ts';
import { noteOf, renderProgress } from '../progress-view.ts';
import { readReport, renderReport } from '../run-report.ts';
import { readSnapshot, type RunSnapshot } from '../run-snapshot.ts';
import { renderTable } from '../table.ts';
import { withRecord } from '../with-record.ts';

export function defineStatus(command: Command): void {
  command
    .option('--markdown', "print a run's coverage table as Markdown")
    .option('--json', 'print one JSON value')
    .action((run: string | undefined, options: StatusOptions) =>
      run === undefined ? showRuns(options) : showRun(run, options),
    );
}

export function defineTasks(command: Command): void {
  command
    .option('--why', "show the parts of each assignment's score")
    .option('--json', 'print one JSON array')
    .action(showTasks);
}

async function showRuns(options: { json?: boolean }): Promise<void> {
  await withRecord(options, async (db, context) => {
    const runs = await listRuns(db);
    const progress = await readProgress(db, runs);
    const values = runs.map((run) => ({
      id: run.id,
      title: run.title,
      state: run.state,
      createdAt: run.createdAt,
      finishedAt: run.finishedAt,
      tasks: progress.get(run.id)?.counts,
      progress: progress.get(run.id)?.share ?? 0,
    }));
    const rows = values.map((run) => {
      const all = Object.values(run.tasks ?? {}).reduce((sum, each) => sum + each, 0);
      const done = (run.tasks?.done ?? 0) + (run.tasks?.skipped ?? 0);
      return [
        run.id,
        paintState(run.state),
        `${formatBar(run.progress, 10)} ${done}/${all}`,
        `${formatDuration(Date.now() - run.createdAt.getTime())} ago`,
        oneLine(run.title, 60),
      ];
    });
    const text =
      rows.length === 0
        ? 'No runs yet. Submit one: aurora run "Users can log in" --repo PATH'
        : renderTable(['run', 'state', 'tasks', 'submitted', 'title'], rows);
    answer(context, values, text);
  });
}

interface StatusOptions {
  json?: boolean;
  markdown?: boolean;
}

async function showRun(runId: string, options: StatusOptions): Promise<void> {
  await withRecord(options, async (db, context) => {
    const [snapshot, report] = await Promise.all([readSnapshot(db, runId), readReport(db, runId)]);
    const size = { columns: process.stdout.columns ?? Infinity, rows: Infinity };
    const finished = report.seconds !== null;
    const text = options.markdown
      ? report.coverageMarkdown
      : finished || report.state === 'blocked'
        ? renderReport(report, size.columns)
        : renderProgress(snapshot, size);
    const { share: progress, remaining: remainingMs, spent, run } = snapshot;
    const used = spendText(spent, run.budget);
    const { budget, priority } = run;
    const facts = [`Priority: ${priority}`, ...(used === '' ? [] : [`Spent: ${used}`])];
    const value = { ...report, progress, remainingMs, spent, budget, priority };
    answer(context, value, options.markdown ? text : [text, ...facts].join('\n'));
  });
}

async function showTasks(runId: string, options: { json?: boolean; why?: boolean }): Promise<void> {
  await withRecord(options, async (db, context) => {
    const [snapshot, moves] = await Promise.all([
      readSnapshot(db, runId),
      listReassignments(db, runId),
    ]);
    const history = new Map(
      snapshot.tasks.map(({ task }) => [
        task.id,
        assignmentHistory(
          task,
          moves.filter(({ taskId }) => taskId === task.id),
        ),
      ]),
    );
    const values = snapshot.tasks.map(({ task, attempt, elapsed, waitsFor, reason }) => ({
      id: task.id,
      title: task.spec.title,
      partOf: task.parentId,
      state: task.state,
      agent: task.agent,
      role: task.spec.role,
      score: history.get(task.id)?.at(-1)?.score ?? null,
      assignments: history.get(task.id) ?? [],
      attempts: attempt?.number ?? 0,
      epoch: task.epoch,
      milliseconds: elapsed,
      lastOutputAt: attempt?.lastOutputAt ?? null,
      waitsFor,
      waitingReason: reason,
      dependsOn: task.spec.dependsOn,
      requirements: task.spec.requirements,
      summary: task.summary,
      failure: task.failure,
      mergeCommit: task.mergeCommit,
    }));
    answer(context, values, options.why ? renderWhy(history) : renderTasks(snapshot));
  });
}

function renderTasks({ tasks }: RunSnapshot): string {
  return renderTable(
    ['task', 'state', 'agent', 'tries', 'time', ''],
    tasks.map((each) => [
      each.task.id,
      paintState(each.task.state),
      each.task.agent,
      String(each.attempt?.number ?? ''),
      formatDuration(each.elapsed),
      pc.dim(oneLine(noteOf(each), 70)),
    ]),
  );
}

/** Each assignment of each task with the parts of the agent's score, and what they rest on. */
function renderWhy(history: ReadonlyMap<string, readonly AssignmentStep[]>): string {
  const head = ['task', 'agent', 'score', '= available', '× success', '× load', 'had', 'why'];
  return renderTable(
    head,
    [...history].flatMap(([id, steps]) =>
      steps.map(({ assignment, agent, cause, reason, notes, score }) => [
        assignment === 1 ? id : pc.dim(`  ${assignment}.`),
        agent,
        ...partsOf(score),
        pc.dim([cause, reason, notes].filter((each) => each !== null).join(': ')),
      ]),
    ),
  );
}

function partsOf(score: AgentScore | null): string[] {
  if (score === null) return ['', '', '', '', ''];
  const { running, slots, waiting, planned, attempts } = score;
  const queue = waiting + planned;
  return [
    ...[score.score, score.availability].map((part) => part.toFixed(2)),
    `${score.success.toFixed(2)} (${attempts})`,
    score.load.toFixed(2),
    `${running}/${slots} busy${queue === 0 ? '' : `, ${queue} queued`}`,
  ];
}
