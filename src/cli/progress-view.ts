import pc from 'picocolors';
import { formatBar, formatDuration, oneLine, paintState, stateMark } from './format.ts';
import { plannerLines } from './planner-lines.ts';
import type { RunSnapshot, TaskProgress } from './run-snapshot.ts';

/** What of a task deserves the last column: why it waits, what failed, what it did. */
export function noteOf({ task, attempt, reason }: TaskProgress): string {
  if (task.state === 'running' && attempt?.lastOutputAt) {
    return `last output ${formatDuration(Date.now() - attempt.lastOutputAt.getTime())} ago`;
  }
  if (task.state === 'failed') return task.failure?.message ?? '';
  if (reason !== null) {
    return task.retryAt === null ? reason : `${reason}: ${task.failure?.message ?? ''}`;
  }
  return task.summary ?? '';
}

const importance = { running: 0, failed: 1, waiting: 2, done: 3, skipped: 3, cancelled: 3 };

/**
 * The live view of a run: one line per task, and a bar for the whole. When the terminal is too
 * low for all, what runs or failed is shown first.
 */
export function renderProgress(
  snapshot: RunSnapshot,
  { columns, rows }: { readonly columns: number; readonly rows: number },
): string {
  const { run, tasks, share, remaining } = snapshot;
  const planner = plannerLines(run.plannedBy, columns - 1);
  const room = Math.max(3, rows - 5 - planner.length);
  const shown =
    tasks.length <= room
      ? tasks
      : [...tasks]
          .sort((a, b) => importance[a.task.state] - importance[b.task.state])
          .slice(0, room - 1);
  const idWidth = Math.min(32, Math.max(4, ...shown.map(({ task }) => task.id.length)));
  const agentWidth = Math.min(18, Math.max(5, ...shown.map(({ task }) => task.agent.length)));
  // On a narrow terminal the mark alone tells the state.
  const wide = columns >= 100;
  const lines = shown.map((each) => {
    const { task, attempt, elapsed } = each;
    const fixed = [
      stateMark(task.state),
      oneLine(task.id, idWidth).padEnd(idWidth),
      pc.dim(oneLine(task.agent, agentWidth).padEnd(agentWidth)),
      ...(wide ? [paintState(task.state, task.state.padEnd(9))] : []),
      (attempt === undefined ? '' : `try ${attempt.number}`).padEnd(6),
      formatDuration(elapsed).padStart(9),
    ].join(' ');
    // The columns before the note, their spaces, and one that terminals keep for the cursor.
    const used = idWidth + agentWidth + (wide ? 33 : 23);
    return `${fixed}  ${pc.dim(oneLine(noteOf(each), Math.max(0, columns - used)))}`;
  });
  const hidden = tasks.length - shown.length;
  const done = tasks.filter(({ task }) => ['done', 'skipped'].includes(task.state)).length;
  return [
    `${pc.bold(oneLine(run.title, columns - 30))} ${pc.dim(run.id)} ${paintState(run.state)}`,
    ...planner,
    '',
    ...lines,
    ...(hidden > 0 ? [pc.dim(`  and ${hidden} more`)] : []),
    '',
    `${formatBar(share, Math.min(40, columns - 30))} ${Math.round(share * 100)} %  ${done} of ${tasks.length} tasks${remaining === null ? '' : `, about ${formatDuration(remaining)} left`}`,
  ].join('\n');
}
