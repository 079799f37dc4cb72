import type { Command } from 'commander';
import pc from 'picocolors';
import { AuroraError } from '../../domain/errors.ts';
import { keepsFromDone, type RequirementState } from '../../domain/requirement-state.ts';
import {
  coverageMarkdown,
  coverageOf,
  type RequirementTrace,
  type TracedAttempt,
  type TracedTask,
} from '../../domain/requirement-trace.ts';
import { getRun, listRuns } from '../../storage/run-store.ts';
import { readTrace } from '../../storage/trace-store.ts';
import { answer } from '../cli-context.ts';
import { oneLine, stateMark } from '../format.ts';
import { renderTable } from '../table.ts';
import { withRecord } from '../with-record.ts';

interface TraceOptions {
  readonly run?: string;
  readonly markdown?: boolean;
  readonly json?: boolean;
}

export function defineTrace(command: Command): void {
  command
    .option('--run <run>', 'the run, default: the latest')
    .option('--markdown', 'print the coverage table as Markdown')
    .option('--json', 'print one JSON object')
    .action(showTrace);
}

async function showTrace(id: string | undefined, options: TraceOptions): Promise<void> {
  await withRecord(options, async (db, context) => {
    const runId = options.run ?? (await listRuns(db, 1))[0]?.id;
    if (runId === undefined) throw new AuroraError('run-not-found', 'There are no runs yet.');
    const run = await getRun(db, runId);
    const traces = await readTrace(db, runId, id?.toUpperCase());
    if (id !== undefined) {
      const [trace] = traces;
      if (trace === undefined) throw noRequirement(runId, id);
      const value = { runId, runState: run.state, ...trace };
      return answer(context, value, renderTrace(trace, process.stdout.columns ?? Infinity));
    }
    const coverage = coverageOf(traces);
    const text = options.markdown
      ? coverageMarkdown(coverage)
      : renderCoverage(coverage, process.stdout.columns ?? Infinity);
    answer(context, { runId, runState: run.state, coverage, requirements: traces }, text);
  });
}

function noRequirement(runId: string, id: string): AuroraError {
  return new AuroraError(
    'requirement-not-found',
    `Run ${runId} has no requirement "${id}". Its requirements: aurora trace --run ${runId}`,
  );
}

function paint(state: RequirementState): string {
  if (state === 'done') return pc.green(state);
  return keepsFromDone(state) ? pc.red(state) : pc.yellow(state);
}

function renderCoverage(rows: ReturnType<typeof coverageOf>, columns: number): string {
  if (rows.length === 0) return 'The run has no requirements.';
  return renderTable(
    ['requirement', 'state', 'tasks', 'tries', 'commits', 'checks', 'title'],
    rows.map(({ id, title, state, reason, tasks, attempts, commits, checks }) => [
      id,
      paint(state),
      `${tasks.done}/${tasks.total}`,
      String(attempts),
      String(commits.length),
      `${checks.passed}/${checks.total}`,
      oneLine(reason === null ? title : `${title} (${reason})`, Math.max(30, columns - 64)),
    ]),
  );
}

function renderTrace({ requirement, state, reason, tasks }: RequirementTrace, columns: number) {
  const category = requirement.category ?? requirement.kind.replace('_', '-');
  return [
    `${pc.bold(requirement.id)} ${oneLine(requirement.title, columns - 8)}`,
    `${paint(state)}${reason === null ? '' : `: ${reason}`} ${pc.dim(`(${category}, ${requirement.priority})`)}`,
    ...requirement.acceptance.map((each) =>
      pc.dim(`  accepted when: ${oneLine(each, columns - 17)}`),
    ),
    ...tasks.flatMap((task) => taskLines(task, columns)),
  ].join('\n');
}

function taskLines(task: TracedTask, columns: number): string[] {
  const merged = task.mergeCommit === null ? '' : ` merged as ${task.mergeCommit.slice(0, 8)}`;
  return [
    `  ${stateMark(task.state)} ${task.id} ${pc.dim(`${oneLine(task.title, columns - task.id.length - 30)}${merged}`)}`,
    ...task.attempts.flatMap(attemptLines),
  ];
}

function attemptLines({ number, agent, state, commit, checks }: TracedAttempt): string[] {
  const made = commit === null ? 'nothing to commit' : `commit ${commit.slice(0, 8)}`;
  return [
    `      attempt ${number} ${pc.dim(`${agent}, ${state}, ${made}`)}`,
    ...checks.map(({ stage, command, passed, commit: on }) => {
      const mark = passed ? pc.green('✔') : pc.red('✖');
      const where =
        on === null ? '' : ` on ${stage === 'merge' ? 'the merge ' : ''}${on.slice(0, 8)}`;
      return `        ${mark} ${command.join(' ')}${pc.dim(where)}`;
    }),
  ];
}
