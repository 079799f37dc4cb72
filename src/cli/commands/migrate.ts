import type { Command } from 'commander';
import { Closer } from '../../runtime/closer.ts';
import { migrateServices } from '../../runtime/migrate-services.ts';
import { answer, openContext } from '../cli-context.ts';

export function addMigrate(program: Command): void {
  program
    .command('migrate')
    .description('bring the database up to date; safe to run twice, and from several machines')
    .option('--json', 'print one JSON object')
    .action(async (options: { json?: boolean }) => {
      const context = openContext(options);
      const closer = new Closer();
      try {
        const applied = await migrateServices(context.env, context.log, closer);
        const text =
          applied === 0 ? 'The database is up to date.' : `Applied ${applied} migration(s).`;
        answer(context, { applied }, text);
      } finally {
        await closer.close();
      }
    });
}
