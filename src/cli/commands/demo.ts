import type { Command } from 'commander';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import getPort from 'get-port';
import pc from 'picocolors';
import { loadConfig } from '../../config/config-file.ts';
import { submitRun } from '../../maestro/submit-run.ts';
import type { Closer } from '../../runtime/closer.ts';
import { withDataFolder } from '../../runtime/data-folder.ts';
import { maestroDeps, openMirrors, startFleet } from '../../runtime/fleet.ts';
import { openServices, type Services } from '../../runtime/services.ts';
import { takeUpLock } from '../../runtime/up-lock.ts';
import { listOpenRuns, type Run } from '../../storage/run-store.ts';
import { answer, openContext, say, type CliContext } from '../cli-context.ts';
import { makeDemoRepository, testBranch } from '../demo-repository.ts';
import { followRun } from '../follow-run.ts';
import { logFile, openLogFile } from '../log-file.ts';
import { readReport, renderReport } from '../run-report.ts';
import { stoppable } from '../stoppable.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const agentsFolder = path.join(root, 'examples', 'notes-service-agents');

export function defineDemo(command: Command): void {
  command.option('--json', 'print the report as one JSON object').action(demo);
}

async function demo(options: { json?: boolean }): Promise<void> {
  const context = openContext(options);
  await stoppable(async (closer, signal) => {
    signal.addEventListener('abort', () =>
      say(pc.dim('Stopping; run the demo again to go on where it stopped …')),
    );
    const { services, url, folder } = await openDemo(context, closer);
    signal.throwIfAborted();
    const run = await submitDemo(services, folder);
    say(pc.dim(`While it runs: ${url}/runs/${run.id}`));
    const { db } = services.database;
    const { notifier } = services;
    const live = context.env.isTerminal && !context.json;
    const ended = await followRun({ db, notifier, runId: run.id, live, signal });
    if (signal.aborted) return;
    const report = await readReport(db, run.id);
    const tests =
      report.state === 'done'
        ? await testBranch(run.repository as string, report.branch as string, context.env.variables)
        : undefined;
    const text = [
      '',
      renderReport(report, process.stdout.columns),
      '',
      tests === undefined
        ? pc.red('The run did not end well, so its branch was not tested.')
        : tests.ok
          ? `${pc.green('✔')} The branch's own tests pass.`
          : `${pc.red('✖')} The branch's own tests fail:\n${tests.outputTail}`,
      '',
      `Look around: git -C ${run.repository} log --graph --oneline ${report.branch}`,
      `Dashboard:   AURORA_DATA_DIR=${folder} AURORA_CONFIG=${services.config.file} npm start`,
      `Log:         ${logFile(folder)}`,
    ];
    answer(context, { ...report, testsPass: tests?.ok ?? false }, text.join('\n'));
    process.exitCode = ended.state === 'done' && tests?.ok ? 0 : 1;
  });
}

/** Opens the demo's own fleet on a data folder that belongs to this checkout. */
async function openDemo(
  { env, json }: CliContext,
  closer: Closer,
): Promise<{ services: Services; url: string; folder: string }> {
  const checkout = createHash('sha256').update(root).digest('hex').slice(0, 8);
  const folder = path.join(env.dataDir, `demo-${checkout}`);
  closer.add(await withDataFolder(folder, () => takeUpLock(folder)));
  const log = openLogFile(env, folder, closer);
  const config = await loadConfig(root, path.join(agentsFolder, 'aurora.config.mjs'));
  if (!json) say(pc.dim(`Starting a fleet of ${config.agents.length} agents …`));
  const services = await openServices({
    env: { ...env, dataDir: folder, port: await getPort({ port: env.port, host: env.host }) },
    config,
    log,
    workers: config.agents.length + 2,
  });
  closer.add(() => services.close());
  const fleet = await startFleet(services, { web: true, maestro: true, agents: config.agents });
  closer.add(() => fleet.close());
  return { services, url: fleet.url as string, folder };
}

/** The run to follow: the one that an earlier demo left unfinished, else a new one. */
async function submitDemo(services: Services, folder: string): Promise<Run> {
  const unfinished = (await listOpenRuns(services.database.db)).find((run) =>
    run.repository?.startsWith(folder),
  );
  if (unfinished !== undefined) {
    say(`Going on with ${unfinished.id}, which an earlier demo left unfinished.`);
    return unfinished;
  }
  const requirement = await readFile(path.join(agentsFolder, 'requirement.md'), 'utf8');
  const repository = await makeDemoRepository(path.join(root, 'examples', 'notes-service'), folder);
  say(`${pc.bold('Asked for:')} ${requirement.trim()}\n`);
  const deps = maestroDeps(services, openMirrors(services));
  // The project is named after the repository, which is new: no earlier demo has taught it anything.
  const { run } = await submitRun(deps, { requirement, repository });
  return run;
}
