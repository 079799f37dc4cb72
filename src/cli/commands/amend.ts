import type { Command } from 'commander';
import pc from 'picocolors';
import { AuroraError } from '../../domain/errors.ts';
import type { PlanChange } from '../../domain/plan-change.ts';
import { amendRun } from '../../maestro/revise-run.ts';
import { listRevisions } from '../../storage/revision-store.ts';
import { answer, say } from '../cli-context.ts';
import { isFleetAlive } from '../is-fleet-alive.ts';
import { readText } from '../read-request.ts';
import { withServices } from '../with-services.ts';

interface AmendOptions {
  readonly file?: string;
  readonly by?: string;
  readonly json?: boolean;
}

const examples = `
What is asked for in CHANGE is added; "REQ-002: …" gives a requirement another wording, and
"Drop REQ-003" takes one out. Only what is affected is planned anew, and finished work stays. A run
that waits for approval is planned anew with your comments; one that has ended goes on.

Examples:
  aurora amend run_1 "Users can export their notes"
  aurora amend run_1 "REQ-002: Users can filter notes by date. Drop REQ-003."
  aurora amend run_1 --file requirement.md            (the whole request anew)`;

export function defineAmend(command: Command): void {
  command
    .option('--file <file>', 'the whole request anew, - for standard input')
    .option('--by <name>', 'who asks for it')
    .option('--json', 'print one JSON object')
    .addHelpText('after', examples)
    .action(amend);
}

async function amend(
  runId: string,
  change: string | undefined,
  options: AmendOptions,
): Promise<void> {
  if ((change === undefined) === (options.file === undefined)) {
    throw new AuroraError('request-invalid', 'Say what is to be different, or give --file FILE.');
  }
  const asked =
    change === undefined ? { request: await readText(options.file as string) } : { change };
  const by = options.by === undefined ? {} : { by: options.by };
  await withServices(options, async (services, maestro, context) => {
    const { revision } = await amendRun(maestro, runId, { ...asked, ...by });
    const rows = await listRevisions(services.database.db, runId);
    const row = rows.find((each) => each.revision === revision);
    const value = {
      runId,
      revision,
      settledAt: row?.settledAt ?? null,
      change: row?.change ?? null,
    };
    answer(context, { ...value, refusal: row?.refusal ?? null }, render(revision, row));
    if (row?.refusal) process.exitCode = 1;
    if (!(await isFleetAlive(services))) {
      say(pc.yellow('No fleet is running: start one with `aurora up`.'));
    }
  });
}

function render(
  revision: number,
  row: { readonly change: PlanChange | null; readonly refusal: string | null } | undefined,
): string {
  if (row?.refusal) return pc.red(`The plan stays as it is: ${row.refusal}`);
  if (!row?.change) {
    return `Revision ${revision} is made as soon as what runs now is finished; nothing new starts until then.`;
  }
  const { requirements, tasks } = row.change;
  const line = (paint: (text: string) => string, sign: string, ids: readonly string[]) =>
    ids.length === 0 ? [] : [paint(`  ${sign} ${ids.join(', ')}`)];
  return [
    pc.bold(`Revision ${revision} of the plan`),
    'Requirements',
    ...line(pc.green, '+', requirements.added),
    ...line(pc.yellow, '~', requirements.changed),
    ...line(pc.red, '-', requirements.withdrawn),
    'Tasks',
    ...line(pc.green, '+', tasks.added),
    ...line(pc.yellow, '~', tasks.changed),
    ...line(pc.red, '-', tasks.removed),
  ].join('\n');
}
