import type { AttemptState } from './attempt.ts';
import type { checkStages } from './check.ts';
import type { Requirement } from './requirement.ts';
import type { RequirementVerdict, ServingTask } from './requirement-state.ts';

interface TracedCheck {
  readonly stage: (typeof checkStages)[number];
  readonly command: readonly string[];
  /** What it ran on; null when the attempt changed nothing. */
  readonly commit: string | null;
  readonly passed: boolean;
  readonly at: Date;
}

export interface TracedAttempt {
  readonly number: number;
  readonly epoch: number;
  readonly state: AttemptState;
  readonly agent: string;
  /** The commit of its own work; null when it changed nothing. */
  readonly commit: string | null;
  readonly checks: readonly TracedCheck[];
}

export interface TracedTask extends ServingTask {
  readonly title: string;
  readonly agent: string;
  /** The commit on the integration branch; null before, and when there was nothing to merge. */
  readonly mergeCommit: string | null;
  readonly attempts: readonly TracedAttempt[];
}

/** One requirement with everything that was done for it, down to the checks of each commit. */
export interface RequirementTrace extends RequirementVerdict {
  readonly requirement: Requirement;
  readonly tasks: readonly TracedTask[];
}

/** One line of a run's coverage table. */
export interface CoverageRow extends RequirementVerdict {
  readonly id: string;
  readonly title: string;
  readonly tasks: { readonly total: number; readonly done: number };
  readonly attempts: number;
  /** Commits on the integration branch, each once. */
  readonly commits: readonly string[];
  /** Checks of succeeded work, and how many of them passed. */
  readonly checks: { readonly total: number; readonly passed: number };
}

export function coverageOf(traces: readonly RequirementTrace[]): CoverageRow[] {
  return traces.map(({ requirement, state, reason, tasks }) => {
    const checked = tasks.filter(({ hasCheck }) => hasCheck);
    const commits = tasks.flatMap(({ mergeCommit }) => mergeCommit ?? []);
    return {
      ...{ id: requirement.id, title: requirement.title, state, reason },
      tasks: { total: tasks.length, done: tasks.filter((task) => task.state === 'done').length },
      attempts: tasks.reduce((sum, task) => sum + task.attempts.length, 0),
      commits: [...new Set(commits)],
      checks: { total: checked.length, passed: checked.filter(({ passed }) => passed).length },
    };
  });
}

const cell = (text: string): string =>
  text
    .replace(/[\s|]+/g, ' ')
    .replaceAll('<', '&lt;')
    .trim();

/** The coverage table for a pull request or a release note. */
export function coverageMarkdown(rows: readonly CoverageRow[]): string {
  const lines = rows.map((row) => {
    const { id, title, state, reason, tasks, attempts, commits, checks } = row;
    const why = reason === null ? state : `${state}: ${reason}`;
    const sha = commits.map((commit) => `\`${commit.slice(0, 8)}\``);
    const shown = sha.length > 4 ? [...sha.slice(0, 4), `and ${sha.length - 4} more`] : sha;
    const cells = [id, title, why, `${tasks.done}/${tasks.total}`, String(attempts)];
    cells.push(shown.join(' ') || '–', `${checks.passed}/${checks.total}`);
    return `| ${cells.map(cell).join(' | ')} |`;
  });
  return [
    '| Requirement | Title | State | Tasks done | Attempts | Commits | Checks passed |',
    '| --- | --- | --- | ---: | ---: | --- | ---: |',
    ...lines,
  ].join('\n');
}
