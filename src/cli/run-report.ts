import pc from 'picocolors';
import { deliveryTrouble } from '../domain/delivery.ts';
import { keepsFromDone, type RequirementState } from '../domain/requirement-state.ts';
import type { PlannedBy } from '../domain/planned-by.ts';
import { coverageMarkdown, coverageOf, type CoverageRow } from '../domain/requirement-trace.ts';
import { integrationBranch } from '../domain/run.ts';
import { listDeliveries, type Delivery } from '../storage/delivery-store.ts';
import { listMergeConflicts } from '../storage/merge-conflict-store.ts';
import { listPreventedConflicts } from '../storage/prevented-conflict-store.ts';
import { listRunLessons } from '../storage/run-lesson-store.ts';
import type { Db } from '../storage/database.ts';
import { readTrace } from '../storage/trace-store.ts';
import { readSnapshot, type TaskProgress } from './run-snapshot.ts';
import { plannerLines } from './planner-lines.ts';
import { formatDuration, oneLine, paintState, stateMark } from './format.ts';

/** What became of a run, per requirement, with what was learned on the way. */
export interface RunReport {
  readonly runId: string;
  readonly title: string;
  readonly state: string;
  readonly error: string | null;
  readonly plannedBy: PlannedBy | null;
  readonly repository: string | null;
  readonly branch: string | null;
  /** Where its work has gone or is to go, oldest first. */
  readonly deliveries: readonly (Pick<Delivery, 'kind' | 'target' | 'commit' | 'url'> & {
    /** Why Maestro could not deliver it. */
    readonly trouble: string | null;
  })[];
  readonly seconds: number | null;
  readonly requirements: readonly {
    readonly id: string;
    readonly title: string;
    readonly kind: string;
    readonly state: RequirementState;
    /** Why it is not done; null when it is. */
    readonly reason: string | null;
    readonly done: boolean;
    readonly tasks: readonly ReportedTask[];
  }[];
  /** Tasks that serve no requirement, as in plans that name none. */
  readonly otherTasks: readonly ReportedTask[];
  readonly lessons: readonly {
    readonly taskId: string;
    readonly failureReason: string;
    readonly improvedApproach: string;
    /** Attempts that were given it, and how many of those succeeded. */
    readonly trials: number;
    readonly successes: number;
  }[];
  readonly questions: readonly string[];
  /** Each requirement with how many tasks, commits and checks stand behind it. */
  readonly coverage: readonly CoverageRow[];
  readonly coverageMarkdown: string;
  /** What its merges met, and what waiting has prevented. */
  readonly conflicts: {
    readonly resolved: number;
    readonly left: number;
    readonly prevented: number;
  };
  readonly tasks: { readonly total: number; readonly done: number; readonly retried: number };
}

interface ReportedTask {
  readonly id: string;
  readonly state: string;
  readonly agent: string;
  readonly attempts: number;
  readonly commit: string | null;
  /** Whether its check passed; null when it has none. */
  readonly verified: boolean | null;
  /** Why it failed; null unless it did. */
  readonly failure: string | null;
}

export async function readReport(db: Db, runId: string): Promise<RunReport> {
  const [snapshot, deliveries, traces, lessons, conflicts, prevented] = await Promise.all([
    readSnapshot(db, runId),
    listDeliveries(db, runId),
    readTrace(db, runId),
    listRunLessons(db, runId),
    listMergeConflicts(db, runId),
    listPreventedConflicts(db, runId),
  ]);
  const { run, tasks } = snapshot;
  const coverage = coverageOf(traces);
  return {
    runId,
    title: run.title,
    state: run.state,
    error: run.error,
    plannedBy: run.plannedBy,
    repository: run.repository,
    branch: run.repository === null ? null : integrationBranch(runId),
    deliveries: deliveries.map(({ kind, target, commit, url, ...row }) => ({
      ...{ kind, target, commit, url },
      trouble: deliveryTrouble(row),
    })),
    seconds:
      run.finishedAt === null ? null : (run.finishedAt.getTime() - run.createdAt.getTime()) / 1_000,
    requirements: traces.map(({ requirement, state, reason, tasks: serving }) => {
      const ids = new Set(serving.map(({ id }) => id));
      return {
        id: requirement.id,
        title: requirement.title,
        kind: requirement.kind,
        ...{ state, reason, done: state === 'done' },
        tasks: tasks.filter(({ task }) => ids.has(task.id)).map(reportTask),
      };
    }),
    otherTasks: tasks.filter(({ task }) => task.spec.requirements.length === 0).map(reportTask),
    lessons,
    questions: run.questions,
    ...{ coverage, coverageMarkdown: coverageMarkdown(coverage) },
    conflicts: {
      resolved: conflicts.filter(({ resolved }) => resolved).length,
      left: conflicts.filter(({ resolved }) => !resolved).length,
      prevented: prevented.length,
    },
    tasks: {
      total: tasks.length,
      done: tasks.filter(({ task }) => task.state === 'done').length,
      retried: tasks.filter(({ attempt }) => (attempt?.number ?? 0) > 1).length,
    },
  };
}

function reportTask({ task, attempt }: TaskProgress): ReportedTask {
  return {
    id: task.id,
    state: task.state,
    agent: task.agent,
    attempts: attempt?.number ?? 0,
    commit: task.mergeCommit,
    verified: attempt?.verified?.passed ?? null,
    failure: task.state === 'failed' ? (task.failure?.message ?? null) : null,
  };
}

/** Tasks that serve every requirement, when there are several; said once. */
function commonTasks({ requirements }: RunReport): ReadonlyMap<string, ReportedTask> {
  const [first, ...others] = requirements;
  if (first === undefined || others.length === 0) return new Map();
  const inAll = first.tasks.filter((task) =>
    others.every((other) => other.tasks.some(({ id }) => id === task.id)),
  );
  return new Map(inAll.map((task) => [task.id, task]));
}

function taskLines(task: ReportedTask, columns: number): string[] {
  const facts = [
    task.agent,
    task.attempts > 1 ? `${task.attempts} attempts` : '',
    task.state !== 'done' ? task.state : '',
    task.commit !== null
      ? `commit ${task.commit.slice(0, 8)}`
      : task.state === 'done'
        ? 'nothing to merge'
        : '',
    task.verified === null ? '' : task.verified ? 'tests green' : 'tests red',
  ].filter((fact) => fact !== '');
  return [
    `    ${stateMark(task.state as 'done')} ${task.id} ${pc.dim(`(${facts.join(', ')})`)}`,
    ...(task.failure === null ? [] : [`      ${pc.red(oneLine(task.failure, columns - 6))}`]),
  ];
}

function deliveryLines({
  kind,
  target,
  commit,
  url,
  trouble,
}: RunReport['deliveries'][number]): string[] {
  const place = `${kind} ${url ?? target}`;
  return [
    commit === null ? `To deliver ${place}, when it is done` : `Delivered  ${place}`,
    ...(trouble === null ? [] : [pc.red(`           ${trouble}`)]),
  ];
}

/** @param columns width to cut lines at; they stay whole when not given, for pipes and files */
export function renderReport(report: RunReport, columns = Infinity): string {
  const lines = [
    `${pc.bold(oneLine(report.title, columns))} ${pc.dim(report.runId)}: ${paintState(report.state as 'done')}` +
      (report.seconds === null ? '' : ` in ${formatDuration(report.seconds * 1_000)}`),
    ...(report.error === null ? [] : [pc.red(report.error)]),
    ...plannerLines(report.plannedBy, Infinity),
  ];
  const common = commonTasks(report);
  const list = (tasks: Iterable<ReportedTask>) =>
    lines.push(...[...tasks].flatMap((task) => taskLines(task, columns)));
  if (report.requirements.length > 0) lines.push('', pc.bold('Requirements'));
  for (const requirement of report.requirements) {
    const mark = requirement.done
      ? pc.green('✔')
      : keepsFromDone(requirement.state)
        ? pc.red('✖')
        : pc.yellow('○');
    lines.push(`${mark} ${requirement.id} ${oneLine(requirement.title, columns - 10)}`);
    if (requirement.reason !== null && report.seconds !== null) {
      lines.push(pc.dim(`    ${requirement.state}: ${oneLine(requirement.reason, columns - 20)}`));
    }
    list(requirement.tasks.filter((task) => !common.has(task.id)));
  }
  if (common.size > 0) lines.push(pc.bold('For all of them'));
  list(common.values());
  if (report.otherTasks.length > 0) {
    lines.push('', pc.bold(report.requirements.length > 0 ? 'Other tasks' : 'Tasks'));
  }
  list(report.otherTasks);
  if (report.lessons.length > 0) lines.push('', pc.bold('Learned'));
  for (const lesson of report.lessons) {
    const lead = oneLine(lesson.failureReason, columns - lesson.taskId.length - 5);
    lines.push(
      `  ${lesson.taskId}: ${lead}`,
      `    ${pc.green('→')} ${oneLine(lesson.improvedApproach, columns - 7)}`,
      pc.dim(`    given to ${lesson.trials} attempt(s), ${lesson.successes} of them succeeded`),
    );
  }
  if (report.questions.length > 0) {
    lines.push('', pc.bold('Open questions'), ...report.questions.map((text) => `  ${text}`));
  }
  if (report.repository !== null) {
    lines.push('', `Repository ${report.repository}`, `Branch     ${report.branch}`);
    const { resolved, left, prevented } = report.conflicts;
    if (resolved + left + prevented > 0) {
      lines.push(
        `Conflicts  ${resolved} resolved, ${left} left to an agent, ${prevented} prevented`,
      );
    }
    lines.push(...report.deliveries.flatMap(deliveryLines));
  }
  if (report.state === 'blocked') {
    lines.push('', 'It waits for you to answer what failed: aurora escalations list');
  }
  return lines.join('\n');
}
