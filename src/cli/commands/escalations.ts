import type { Command } from 'commander';
import pc from 'picocolors';
import { AuroraError } from '../../domain/errors.ts';
import { answerEscalation } from '../../maestro/run-control.ts';
import { listEscalations } from '../../storage/escalation-store.ts';
import { getTask, listAttempts } from '../../storage/task-store.ts';
import { answer } from '../cli-context.ts';
import { oneLine } from '../format.ts';
import { renderTable } from '../table.ts';
import { withRecord } from '../with-record.ts';
import { withServices } from '../with-services.ts';

interface Options {
  json?: boolean;
  note?: string;
}

export function defineEscalations(command: Command): void {
  command
    .command('list', { isDefault: true })
    .description('the open ones')
    .option('--json', 'print one JSON array')
    .action(list);
  command
    .command('show <id>')
    .description("an open one with its task's history")
    .option('--json', 'print one JSON object')
    .action(show);
  for (const action of ['retry', 'skip'] as const) {
    command
      .command(`${action} <id>`)
      .description(
        action === 'retry' ? 'give the task a fresh set of attempts' : 'go on without the task',
      )
      .option('--note <text>', 'why, for the record')
      .option('--json', 'print one JSON object')
      .action((id: string, options: Options) =>
        withServices(options, async (_services, maestro, context) => {
          const resolved = await answerEscalation(maestro, id, action, options.note);
          answer(context, resolved, `${resolved.taskId} of ${resolved.runId}: ${action}.`);
        }),
      );
  }
}

async function list(options: Options): Promise<void> {
  await withRecord(options, async (db, context) => {
    const open = await listEscalations(db);
    const rows = open.map((each) => [each.id, each.runId, each.taskId, oneLine(each.question, 70)]);
    const text =
      rows.length === 0
        ? 'Nothing waits for you.'
        : renderTable(['escalation', 'run', 'task', 'question'], rows);
    answer(context, open, text);
  });
}

async function show(id: string, options: Options): Promise<void> {
  await withRecord(options, async (db, context) => {
    const escalation = (await listEscalations(db)).find((each) => each.id === id);
    if (escalation === undefined) {
      throw new AuroraError('state-conflict', `There is no open escalation "${id}".`);
    }
    const { runId, taskId } = escalation;
    const [task, attempts] = await Promise.all([
      getTask(db, runId, taskId),
      listAttempts(db, runId, [taskId]),
    ]);
    const history = attempts.map(
      (each) => `  attempt ${each.number}: ${each.state} ${each.failure?.message ?? ''}`,
    );
    const text = [
      pc.bold(escalation.question),
      `${runId}/${taskId}: ${task.spec.title}`,
      ...history,
      ...(task.failure?.evidence ? ['', task.failure.evidence.trimEnd()] : []),
      '',
      `Answer with: aurora escalations retry ${id}  or  aurora escalations skip ${id}`,
    ];
    answer(context, { escalation, task, attempts }, text.join('\n'));
  });
}
