import type { Command } from 'commander';
import pc from 'picocolors';
import { abortRun } from '../../maestro/run-control.ts';
import { answer, say } from '../cli-context.ts';
import { isFleetAlive } from '../is-fleet-alive.ts';
import { withServices } from '../with-services.ts';

export function defineAbort(command: Command): void {
  command
    .option('--json', 'print one JSON object')
    .action((runId: string, options: { json?: boolean }) =>
      withServices(options, async (services, maestro, context) => {
        await abortRun(maestro, runId);
        answer(context, { id: runId, aborting: true }, `Aborting ${runId}.`);
        if (!(await isFleetAlive(services))) {
          say(pc.yellow('No fleet is running: the run ends when one does (`aurora up`).'));
        }
      }),
    );
}
