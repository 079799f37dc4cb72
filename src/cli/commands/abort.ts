import type { Command } from 'commander';
import { abortRun } from '../../maestro/run-control.ts';
import { answer } from '../cli-context.ts';
import { withServices } from '../with-record.ts';

export function addAbort(program: Command): void {
  program
    .command('abort <run>')
    .description('stop a run: what waits is dropped, what runs is stopped, work is kept')
    .option('--json', 'print one JSON object')
    .action((runId: string, options: { json?: boolean }) =>
      withServices(options, async (_services, maestro, context) => {
        await abortRun(maestro, runId);
        answer(context, { id: runId, aborting: true }, `Aborting ${runId}.`);
      }),
    );
}
