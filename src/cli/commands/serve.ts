import type { Command } from 'commander';
import { serve, type ServeOptions } from '../../runtime/serve.ts';
import { answer } from '../cli-context.ts';

interface Options {
  json?: boolean;
  agents?: string;
}

/** The parts of the fleet as processes of their own, for several machines on shared services. */
export function defineWeb(command: Command): void {
  definePart(command, () => ({ web: true }));
}

export function defineMaestro(command: Command): void {
  definePart(command, () => ({ maestro: true }));
}

export function defineWorker(command: Command): void {
  command
    .option('--agents <names>', 'comma-separated names of agents or roles; all when not given')
    .addHelpText('after', '\nExample:\n  aurora worker --agents backend,frontend');
  definePart(command, ({ agents }) => ({ agents: agents ?? 'all' }));
}

function definePart(command: Command, parts: (options: Options) => ServeOptions): void {
  command.option('--json', 'print one JSON object when it serves').action((options: Options) =>
    serve(parts(options), (url) => {
      const value = { ...parts(options), ...(url === undefined ? {} : { url }) };
      if (options.json) answer({ json: true }, value, '');
    }),
  );
}
