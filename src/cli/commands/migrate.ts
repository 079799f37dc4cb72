import type { Command } from 'commander';
import { migrateServices } from '../../runtime/migrate-services.ts';
import { answer, openContext } from '../cli-context.ts';
import { stoppable } from '../stoppable.ts';

export function defineMigrate(command: Command): void {
  command.option('--json', 'print one JSON object').action((options: { json?: boolean }) =>
    stoppable(async (closer) => {
      const context = openContext(options);
      const applied = await migrateServices(context.env, context.log, closer);
      const text =
        applied === 0 ? 'The database is up to date.' : `Applied ${applied} migration(s).`;
      answer(context, { applied }, text);
    }),
  );
}
