import { Command, CommanderError } from 'commander';
import { createRequire } from 'node:module';
import { addAbort } from './commands/abort.ts';
import { addAgents } from './commands/agents.ts';
import { addCheck } from './commands/check.ts';
import { addDemo } from './commands/demo.ts';
import { addEscalations } from './commands/escalations.ts';
import { addGraph } from './commands/graph.ts';
import { addLogs } from './commands/logs.ts';
import { addMemory } from './commands/memory.ts';
import { addMigrate } from './commands/migrate.ts';
import { addPlan } from './commands/plan.ts';
import { addRun } from './commands/run.ts';
import { addServe } from './commands/serve.ts';
import { addStatus } from './commands/status.ts';
import { addUp } from './commands/up.ts';
import { reportError } from './report-error.ts';

const { version } = createRequire(import.meta.url)('../../package.json') as { version: string };

const program = new Command('aurora')
  .description('Plain-language requirements become merged, tested branches.')
  .version(version)
  .showSuggestionAfterError()
  .exitOverride();
for (const add of [
  addUp,
  addRun,
  addPlan,
  addStatus,
  addGraph,
  addLogs,
  addAbort,
  addEscalations,
  addAgents,
  addMemory,
  addMigrate,
  addCheck,
  addServe,
  addDemo,
]) {
  add(program);
}

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    // Commander has said what is wrong; help and version are no errors.
    process.exitCode = error.exitCode === 0 ? 0 : 2;
  } else {
    process.exitCode = reportError(error, process.argv.includes('--json'));
  }
}
