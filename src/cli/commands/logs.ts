import type { Command } from 'commander';
import pc from 'picocolors';
import type { FailureDecision } from '../../domain/decide-failure.ts';
import { AuroraError } from '../../domain/errors.ts';
import { listMergeConflicts, type MergeConflictRow } from '../../storage/merge-conflict-store.ts';
import { listRuns } from '../../storage/run-store.ts';
import { getTask, listAttempts } from '../../storage/task-store.ts';
import { answer } from '../cli-context.ts';
import { formatDuration } from '../format.ts';
import { withRecord } from '../with-record.ts';

export function defineLogs(command: Command): void {
  command.option('--json', 'print one JSON array').action(showLogs);
}

async function showLogs(name: string, options: { json?: boolean }): Promise<void> {
  await withRecord(options, async (db, context) => {
    const [first, second] = name.split('/', 2) as [string, string | undefined];
    const runId = second === undefined ? (await listRuns(db, 1))[0]?.id : first;
    if (runId === undefined) throw new AuroraError('run-not-found', 'There are no runs yet.');
    const task = await getTask(db, runId, second ?? first);
    const [attempts, conflicts] = await Promise.all([
      listAttempts(db, runId, [task.id]),
      listMergeConflicts(db, runId, task.id),
    ]);
    const text = attempts.map((attempt) => {
      const time = attempt.finishedAt
        ? formatDuration(attempt.finishedAt.getTime() - attempt.startedAt.getTime())
        : 'running';
      return [
        pc.bold(`${task.id} attempt ${attempt.number} (epoch ${attempt.epoch}): ${attempt.state}`) +
          pc.dim(` ${attempt.agent}, ${time}`),
        ...(attempt.mergeOf ? [pc.dim(`settles the merge of ${attempt.mergeOf}`)] : []),
        ...(attempt.lessons.length > 0
          ? [pc.dim(`given ${attempt.lessons.length} lesson(s)`)]
          : []),
        ...(attempt.failure
          ? [pc.red(`${attempt.failure.class}: ${attempt.failure.message}`)]
          : []),
        ...(attempt.decision ? decisionLines(attempt.decision) : []),
        ...conflicts.filter((each) => each.epoch === attempt.epoch).map(conflictLine),
        ...(attempt.output ? [attempt.output.trimEnd()] : []),
      ].join('\n');
    });
    const value = attempts.map((attempt) => ({
      ...attempt,
      conflicts: conflicts.filter((each) => each.epoch === attempt.epoch),
    }));
    answer(context, value, text.join('\n\n') || `${task.id} has not been tried yet.`);
  });
}

/** How a conflict of the merge ended. */
function conflictLine(conflict: MergeConflictRow): string {
  const { path, line, resolver, confidence, resolved, verified, doubt } = conflict;
  const ended = resolved ? pc.green('resolved') : pc.yellow('left');
  const by = resolver === null ? '' : ` by ${resolver}, confidence ${confidence.toFixed(2)}`;
  const check = verified === null ? '' : verified ? ', check passed' : ', check failed';
  return `${path}:${line} conflict ${ended}${by}${check}${doubt === null ? '' : pc.dim(` (${doubt})`)}`;
}

/** What was decided after a failure, and what was weighed before it. */
function decisionLines(decision: FailureDecision): string[] {
  const { kind, reason, passedOver } = decision;
  const what = {
    retry: 'tried again',
    wait: 'waits, without using up an attempt',
    reassign: 'given to another agent',
    stronger: 'given to a stronger agent',
    split: 'split into smaller tasks',
    escalate: 'a human is asked',
  }[kind];
  const after = 'delay' in decision ? ` in ${formatDuration(decision.delay)}` : '';
  return [
    `${pc.yellow('→')} ${what}${after}: ${reason}`,
    ...passedOver.map((each) => pc.dim(`  not ${each.strategy}: ${each.reason}`)),
  ];
}
