import type { Command } from 'commander';
import pc from 'picocolors';
import type { PlannerName } from '../../domain/planned-by.ts';
import { deliverRun } from '../../delivery/deliver-run.ts';
import { parseDelivery, type DeliveryRequest } from '../../domain/delivery.ts';
import { AuroraError } from '../../domain/errors.ts';
import { submitRun } from '../../maestro/submit-run.ts';
import type { Closer } from '../../runtime/closer.ts';
import { withDataFolder } from '../../runtime/data-folder.ts';
import { maestroDeps, openMirrors, startFleet } from '../../runtime/fleet.ts';
import { openServices, type Services } from '../../runtime/services.ts';
import {
  answer,
  besideRunningUp,
  configOf,
  openContext,
  say,
  type CliContext,
} from '../cli-context.ts';
import { followDeliveries } from '../follow-deliveries.ts';
import { followRun } from '../follow-run.ts';
import { isFleetAlive } from '../is-fleet-alive.ts';
import { logFile, openLogFile } from '../log-file.ts';
import {
  plannerOption,
  readRequest,
  requestOptions,
  type RequestOptions,
} from '../read-request.ts';
import { toPriority } from './limits.ts';
import { readDelivery } from '../read-delivery.ts';
import { readReport, renderReport } from '../run-report.ts';
import { stoppable } from '../stoppable.ts';

interface RunOptions extends RequestOptions {
  follow?: boolean;
  json?: boolean;
  project?: string;
  title?: string;
  planner?: PlannerName;
  priority?: number;
  approve?: boolean;
  deliver?: string;
  key?: string;
  budgetUsd?: number;
  budgetTokens?: number;
}

const examples = `
Without --repo (and without a repository in the plan) every task works in an empty
folder of its own, and nothing is merged; the current folder is never used by itself.
With --follow and no fleet running, this process carries the run out itself.

Examples:
  aurora run "Users can search notes by title" --repo . --follow
  aurora run --file requirement.md --repo https://example.com/notes.git
  aurora run --file requirement.md --repo . --deliver pr      (Maestro opens it when it is done)
  aurora run --plan plan.yaml --json`;

export function defineRun(command: Command): void {
  requestOptions(command)
    .addOption(plannerOption())
    .option('--project <name>', 'project, default: the name of the repository')
    .option('--title <title>', 'title of the run')
    .option('--priority <priority>', '1 is first, 10 is last; default 5', toPriority)
    .option('--key <key>', 'idempotency key: submitting again with it returns the same run')
    .option('--approve', 'plan it, and start when somebody has approved the plan')
    .option(
      '--budget-usd <number>',
      'US dollars that its attempts may cost, then it pauses',
      Number,
    )
    .option('--budget-tokens <number>', 'tokens that they may use, then it pauses', Number)
    .option('--follow', 'show progress until the run has ended; exit code 1 unless it is done')
    .option(
      '--deliver <where>',
      'branch:NAME, pr or pr:INTO, once it is done; with --follow also patch:FILE',
      readDelivery,
    )
    .option('--json', 'print the run (with --follow its report) as one JSON object')
    .addHelpText('after', examples)
    .action(run);
}

async function run(requirement: string | undefined, options: RunOptions): Promise<void> {
  const asked = options.deliver === undefined ? undefined : parseDelivery(options.deliver);
  const patch = asked?.kind === 'patch' ? asked : undefined;
  if (patch !== undefined && options.follow !== true) {
    throw new AuroraError(
      'request-invalid',
      'A patch is written on your machine, when the run is done: it needs --follow. Or write it later: aurora deliver RUN --patch FILE.',
    );
  }
  const context = openContext(options);
  const env = await besideRunningUp(context.env);
  const config = await configOf(env);
  const request = await readRequest(requirement, options, config.agents);
  await stoppable(async (closer, signal) => {
    const log = options.follow
      ? await withDataFolder(env.dataDir, async () => openLogFile(env, env.dataDir, closer))
      : context.log;
    const services = await openServices({ env, config, log, workers: config.agents.length + 2 });
    closer.add(() => services.close());
    signal.throwIfAborted();
    const { run, created, warnings } = await submitRun(
      maestroDeps(services, openMirrors(services)),
      {
        ...request,
        project: options.project,
        title: options.title,
        planner: options.planner,
        priority: options.priority,
        approve: options.approve,
        idempotencyKey: options.key,
        deliver: patch === undefined ? options.deliver : undefined,
        ...(options.budgetUsd === undefined && options.budgetTokens === undefined
          ? {}
          : { budget: { costUsd: options.budgetUsd, tokens: options.budgetTokens } }),
      },
    );
    for (const warning of warnings) say(pc.yellow(warning));
    const alive = await isFleetAlive(services);
    if (options.follow) {
      return follow(context, services, run.id, patch, alive, closer, signal);
    }
    if (!alive) say(pc.yellow('No fleet is running: start one with `aurora up`.'));
    const text = `${run.id} ${pc.dim(`follow it with: aurora status ${run.id}`)}`;
    answer(context, { id: run.id, state: run.state, created }, text);
  });
}

async function follow(
  context: CliContext,
  services: Services,
  runId: string,
  patch: DeliveryRequest | undefined,
  alive: boolean,
  closer: Closer,
  signal: AbortSignal,
): Promise<void> {
  const { database, notifier, config, env } = services;
  if (!alive) {
    say(pc.dim(`No fleet is running, so this process carries ${runId} out itself.`));
    say(pc.dim(`Its log: ${logFile(env.dataDir)}`));
    const own = await startFleet(services, { web: false, maestro: true, agents: config.agents });
    closer.add(() => own.close());
  }
  const live = env.isTerminal && !context.json;
  const ended = await followRun({ db: database.db, notifier, runId, live, signal });
  if (signal.aborted) {
    const onward = alive ? 'The fleet goes on with it' : '`aurora up` goes on with it';
    say(`No longer following ${runId}. ${onward}; look with: aurora status ${runId}`);
    return;
  }
  if (ended.state === 'done') {
    if (patch !== undefined) {
      const deps = { db: database.db, mirrors: openMirrors(services), forge: env.forge };
      await deliverRun(deps, runId, patch);
    }
    await followDeliveries({ db: database.db, notifier, runId, signal });
  }
  const report = await readReport(database.db, runId);
  answer(context, report, renderReport(report, process.stdout.columns));
  const isDelivered = report.deliveries.every(({ trouble }) => trouble === null);
  process.exitCode = ended.state === 'done' && isDelivered ? 0 : 1;
}
