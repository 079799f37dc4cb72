import type { Command } from 'commander';
import { serve } from '../../runtime/serve.ts';

/** The parts of the fleet as processes of their own, for several dynos on shared services. */
export function addServe(program: Command): void {
  program
    .command('web')
    .description('run the web server alone, on shared services')
    .action(() => serve({ web: true }));
  program
    .command('maestro')
    .description('run Maestro alone, on shared services')
    .action(() => serve({ maestro: true }));
  program
    .command('worker')
    .description('run agents alone, on shared services')
    .option('--agents <names>', 'comma-separated names of agents or roles; all when not given')
    .action((options: { agents?: string }) => serve({ agents: options.agents ?? 'all' }));
}
