import { userInfo } from 'node:os';
import { Option, type Command } from 'commander';
import pc from 'picocolors';
import { z } from 'zod';
import { AuroraError, errorMessage } from '../../domain/errors.ts';
import { escalationActionSchema, type EscalationActionName } from '../../domain/escalation.ts';
import { parseSplit } from '../../domain/split-text.ts';
import { answerEscalation } from '../../maestro/answer-escalation.ts';
import { describeEscalation, type EscalationCase } from '../../maestro/describe-escalation.ts';
import { listEscalations } from '../../storage/escalation-store.ts';
import { answer } from '../cli-context.ts';
import { oneLine } from '../format.ts';
import { readText } from '../read-request.ts';
import { renderTable } from '../table.ts';
import { withRecord } from '../with-record.ts';
import { withServices } from '../with-services.ts';

interface ListOptions {
  json?: boolean;
  all?: boolean;
}

interface AnswerOptions {
  json?: boolean;
  note?: string;
  advice?: string;
  result?: unknown;
  set?: unknown;
  agent?: string;
  data?: unknown;
  file?: string;
  usd?: number;
  tokens?: number;
}

export function defineEscalations(command: Command): void {
  command
    .command('list', { isDefault: true })
    .description('the open ones')
    .option('--all', 'those that are answered, too')
    .option('--json', 'print one JSON array')
    .action(list);
  command
    .command('show <id>')
    .description("one with its task's history and diff")
    .option('--json', 'print one JSON object')
    .action(show);

  const advice = new Option('--advice <text>', 'what the next attempts shall heed');
  define(command, 'retry', '<id>', 'give the task a fresh set of attempts')
    .addOption(advice)
    .action((id: string, { advice, ...options }: AnswerOptions) =>
      give(id, 'retry', { advice }, options),
    );
  define(command, 'skip', '<id>', 'go on without the task')
    .option('--result <json>', 'what its dependants receive in its place', json)
    .action((id: string, { result, ...options }: AnswerOptions) =>
      give(id, 'skip', { result }, options),
    );
  define(command, 'reassign', '<id> <agent>', 'give the task to another agent that can do it')
    .addOption(advice)
    .action((id: string, agent: string, { advice, ...options }: AnswerOptions) =>
      give(id, 'reassign', { agent, advice }, options),
    );
  define(command, 'edit', '<id>', 'change the task, then give it a fresh set of attempts')
    .requiredOption('--set <json>', 'e.g. \'{"timeout":"20m","prompt":"…"}\'', json)
    .option('--agent <agent>', 'another agent that can do it as it is then')
    .addOption(advice)
    .action((id: string, { set, agent, advice, ...options }: AnswerOptions) =>
      give(id, 'edit', { changes: set, agent, advice }, options),
    );
  define(command, 'split', '<id>', 'have smaller tasks done first, then the task itself')
    .requiredOption('--file <path>', 'its parts, in YAML or JSON; - for standard input')
    .addOption(advice)
    .action(async (id: string, { file, advice, ...options }: AnswerOptions) =>
      give(id, 'split', { parts: parseSplit(await readText(file ?? '-')), advice }, options),
    );
  define(command, 'answer', '<id> [text]', 'answer what the agent asked')
    .option('--data <json>', 'answer with JSON instead of text', json)
    .action((id: string, text: string | undefined, { data, ...options }: AnswerOptions) =>
      give(id, 'answer', { answer: data ?? text }, options),
    );
  define(command, 'raise', '<id>', 'give the run a larger budget, with which it goes on')
    .option('--usd <number>', 'US dollars for the whole run', Number)
    .option('--tokens <number>', 'input and output tokens for the whole run', Number)
    .action((id: string, { usd, tokens, ...options }: AnswerOptions) =>
      give(id, 'raise', { budget: { costUsd: usd, tokens } }, options),
    );
  define(command, 'abort', '<id>', 'end the whole run').action(
    (id: string, options: AnswerOptions) => give(id, 'abort', {}, options),
  );
}

function define(
  command: Command,
  action: EscalationActionName,
  parameters: string,
  description: string,
): Command {
  return command
    .command(`${action} ${parameters}`)
    .description(description)
    .option('--note <text>', 'why, for the record')
    .option('--json', 'print one JSON object');
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new AuroraError('request-invalid', `That is no JSON: ${errorMessage(error)}`);
  }
}

async function give(
  id: string,
  action: EscalationActionName,
  fields: object,
  { note, ...options }: AnswerOptions,
): Promise<void> {
  const by = userInfo().username;
  const parsed = escalationActionSchema.safeParse({ action, ...fields, note, by });
  if (!parsed.success) {
    throw new AuroraError('request-invalid', z.prettifyError(parsed.error));
  }
  await withServices(options, async (_services, maestro, context) => {
    const resolved = await answerEscalation(maestro, id, parsed.data);
    answer(context, resolved, `${resolved.taskId} of ${resolved.runId}: ${action}.`);
  });
}

async function list(options: ListOptions): Promise<void> {
  await withRecord(options, async (db, context) => {
    const found = await listEscalations(db, undefined, options.all ? 'all' : 'open');
    const rows = found.map((each) => [
      each.id,
      each.runId,
      each.taskId,
      each.answer?.action ?? each.kind,
      oneLine(each.question, 70),
    ]);
    const text =
      rows.length === 0
        ? 'Nothing waits for you.'
        : renderTable(['escalation', 'run', 'task', 'state', 'question'], rows);
    answer(context, found, text);
  });
}

async function show(id: string, options: ListOptions): Promise<void> {
  await withServices(options, async (_services, maestro, context) => {
    const found = await describeEscalation(maestro, id);
    answer(context, found, describe(found));
  });
}

function describe(found: EscalationCase): string {
  const { escalation, task, attempts, actions, diff, diffProblem, clash } = found;
  const history = attempts.map((each) => {
    const why = each.failure?.message ?? each.summary ?? '';
    const next = each.decision === null ? '' : ` → ${each.decision.kind}: ${each.decision.reason}`;
    return `  attempt ${each.number} by ${each.agent}: ${each.state} ${oneLine(why, 100)}${next}`;
  });
  const { answer: given, options } = escalation;
  return [
    pc.bold(escalation.question),
    `${escalation.runId}/${task.id}: ${task.spec.title}`,
    ...history,
    ...(task.failure?.evidence ? ['', task.failure.evidence.trimEnd()] : []),
    ...(diff === null ? [] : ['', diff.stat.trimEnd(), '', diff.patch.trimEnd()]),
    ...(clash?.others ?? []).flatMap(({ taskId, title, prompt, diff: theirs }) => [
      ...['', pc.bold(`The other side, ${taskId}: ${title}`), prompt.trim(), '', theirs.trimEnd()],
    ]),
    ...(diff?.truncated ? ['(the rest is in the repository)'] : []),
    ...(diffProblem === null ? [] : ['', `No diff: ${diffProblem}`]),
    '',
    ...(escalation.kind === 'question' && options.length > 0
      ? [`Suggested answers: ${options.join(' | ')}`]
      : []),
    given === null
      ? `Answer with: aurora escalations ${actions.join('|')} ${escalation.id}`
      : `Answered: ${given.action} by ${given.by ?? 'somebody'}.`,
  ].join('\n');
}
