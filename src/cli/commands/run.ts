import type { Command } from 'commander';
import pc from 'picocolors';
import { openMirrors, maestroDeps, startFleet } from '../../runtime/fleet.ts';
import { Closer } from '../../runtime/closer.ts';
import { openServices, type Services } from '../../runtime/services.ts';
import { findRunningUp } from '../../runtime/up-lock.ts';
import { submitRun } from '../../maestro/submit-run.ts';
import { listLiveWorkers } from '../../storage/worker-store.ts';
import { answer, configOf, openContext, say } from '../cli-context.ts';
import { followRun } from '../follow-run.ts';
import { readRequest, requestOptions, type RequestOptions } from '../read-request.ts';
import { readReport, renderReport } from '../run-report.ts';

interface RunOptions extends RequestOptions {
  follow?: boolean;
  json?: boolean;
  project?: string;
  title?: string;
  key?: string;
}

export function addRun(program: Command): void {
  requestOptions(program.command('run [requirement]'))
    .description('submit a requirement in plain language, or a plan')
    .option('--project <name>', 'project, default: the name of the repository')
    .option('--title <title>', 'title of the run')
    .option('--key <key>', 'idempotency key: submitting again with it returns the same run')
    .option('--follow', 'show progress until the run has ended; exit code 1 unless it is done')
    .option('--json', 'print the run (with --follow its report) as one JSON object')
    .action(run);
}

async function run(requirement: string | undefined, options: RunOptions): Promise<void> {
  const context = openContext(options);
  const { env, log } = context;
  const config = await configOf(env);
  const request = await readRequest(requirement, options, config.agents);
  const closer = new Closer();
  const stop = new AbortController();
  const interrupt = () => stop.abort();
  process.once('SIGINT', interrupt);
  try {
    const services = await openServices({ env, config, log, workers: config.agents.length + 2 });
    closer.add(() => services.close());
    const submitted = await submitRun(maestroDeps(services, openMirrors(services)), {
      ...request,
      project: options.project,
      title: options.title,
      idempotencyKey: options.key,
    });
    const { id } = submitted.run;
    for (const warning of submitted.warnings) say(pc.yellow(warning));
    const fleet = await isFleetAlive(services);
    if (!options.follow) {
      if (!fleet) say(pc.yellow('No fleet is running: start one with `aurora up`.'));
      const state = { id, state: submitted.run.state, created: submitted.created };
      answer(context, state, `${id} ${pc.dim(`follow it with: aurora status ${id}`)}`);
      return;
    }
    if (!fleet) {
      say(pc.dim('No fleet is running, so this process carries the run out itself.'));
      const own = await startFleet(services, { web: false, maestro: true, agents: config.agents });
      closer.add(() => own.close());
    }
    const { db } = services.database;
    const live = env.isTerminal && !context.json;
    const { notifier } = services;
    const ended = await followRun({ db, notifier, runId: id, live, signal: stop.signal });
    if (stop.signal.aborted) {
      say(`Stopped watching; the run is in the record: aurora status ${id}`);
      process.exitCode = 130;
      return;
    }
    const report = await readReport(db, id);
    answer(context, report, renderReport(report, process.stdout.columns));
    process.exitCode = ended.state === 'done' ? 0 : 1;
  } finally {
    process.removeListener('SIGINT', interrupt);
    await closer.close();
  }
}

async function isFleetAlive({ env, database }: Services): Promise<boolean> {
  if ((await findRunningUp(env.dataDir)) !== undefined) return true;
  return env.databaseUrl !== undefined && (await listLiveWorkers(database.db)).length > 0;
}
