import type { Command } from 'commander';
import pc from 'picocolors';
import { abortRun, pauseRun, resumeRun, retryRun } from '../../maestro/run-control.ts';
import { approveRun } from '../../maestro/revise-run.ts';
import type { MaestroDeps } from '../../maestro/maestro-deps.ts';
import { answer, say } from '../cli-context.ts';
import { isFleetAlive } from '../is-fleet-alive.ts';
import { withServices } from '../with-services.ts';

/** A command that does something with a whole run. */
const define =
  (act: (deps: MaestroDeps, runId: string) => Promise<void>, fact: string, said: string) =>
  (command: Command): void => {
    command
      .option('--json', 'print one JSON object')
      .action((runId: string, options: { json?: boolean }) =>
        withServices(options, async (services, maestro, context) => {
          await act(maestro, runId);
          answer(context, { id: runId, [fact]: true }, `${said} ${runId}.`);
          if (!(await isFleetAlive(services))) {
            say(pc.yellow('No fleet is running: start one with `aurora up`.'));
          }
        }),
      );
  };

export const defineAbort = define(abortRun, 'aborting', 'Aborting');
export const definePause = define(pauseRun, 'paused', 'Paused');
export const defineResume = define(resumeRun, 'resumed', 'Resumed');
export const defineRetry = define(retryRun, 'retrying', 'Retrying');
export const defineApprove = define(approveRun, 'approved', 'Approved');
