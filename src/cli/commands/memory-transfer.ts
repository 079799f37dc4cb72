import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { AuroraError, errorMessage } from '../../domain/errors.ts';
import { readJsonLines } from '../../memory/json-lines.ts';
import { exportedMemorySchema } from '../../memory/memory-export.ts';
import { answer, say } from '../cli-context.ts';
import { projectToAsk, projectToKeepIn } from '../../storage/project-store.ts';
import { withServices } from '../with-services.ts';

interface Options {
  json?: boolean;
  project: string;
}

/** What one fleet knows, for another one. */
export function defineMemoryTransfer(memory: Command): void {
  memory
    .command('export')
    .description("print a project's working memory, one JSON object a line")
    .option('--project <name>', 'project', 'default')
    .option('--json', 'print one JSON array instead')
    .action((options: Options) =>
      withServices(options, async (services) => {
        const project = await projectToAsk(services.database.db, options.project);
        const [opening, between, closing] = options.json ? ['[', ',', ']\n'] : ['', '\n', '\n'];
        let count = 0;
        for await (const line of services.memory.exportAll(project)) {
          const before = count++ === 0 ? opening : between;
          if (!process.stdout.write(before + JSON.stringify(line))) {
            await once(process.stdout, 'drain');
          }
        }
        if (count > 0) process.stdout.write(closing);
        else if (options.json) process.stdout.write('[]\n');
        say(`Exported ${count} memories of project ${options.project}.`);
      }),
    );
  memory
    .command('import <file>')
    .description('take in what export printed; what is known already is kept once')
    .option('--project <name>', 'project', 'default')
    .option('--json', 'print one JSON object')
    .action((file: string, options: Options) =>
      withServices(options, async (services, _maestro, context) => {
        const text = await readFile(file, 'utf8').catch((cause: unknown) => {
          const why = errorMessage(cause);
          throw new AuroraError('memory-invalid', `${file} cannot be read: ${why}`, { cause });
        });
        const lines = readJsonLines(text, file, exportedMemorySchema);
        const projectId = await projectToKeepIn(services.database.db, options.project);
        await services.memory.importAll(projectId, lines);
        const imported = { file, project: options.project, memories: lines.length };
        answer(context, imported, `Imported ${lines.length} memories.`);
      }),
    );
}
