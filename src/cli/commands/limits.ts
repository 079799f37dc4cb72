import { InvalidArgumentError, type Command } from 'commander';
import { maxParallelSchema } from '../../domain/project-limits.ts';
import { prioritySchema } from '../../domain/run-limits.ts';
import { changeRun, limitProject } from '../../maestro/change-run.ts';
import { listProjects } from '../../storage/project-store.ts';
import { answer } from '../cli-context.ts';
import { renderTable } from '../table.ts';
import { withRecord } from '../with-record.ts';
import { withServices } from '../with-services.ts';

/** @throws InvalidArgumentError */
export function toPriority(text: string): number {
  const parsed = prioritySchema.safeParse(Number(text));
  if (parsed.success) return parsed.data;
  throw new InvalidArgumentError('It is a whole number from 1 (first) to 10 (last).');
}

/** @throws InvalidArgumentError */
export function toLimit(text: string): number | null {
  const parsed = maxParallelSchema.safeParse(text === 'none' ? null : Number(text));
  if (parsed.success) return parsed.data;
  throw new InvalidArgumentError('It is a whole number from 1 to 10000, or "none".');
}

export function definePriority(command: Command): void {
  command
    .argument('<priority>', '1 is first, 10 is last; runs start with 5', toPriority)
    .option('--json', 'print one JSON object')
    .action((id: string, priority: number, options: { json?: boolean }) =>
      withServices(options, async (_, maestro, context) => {
        await changeRun(maestro, id, { priority });
        answer(context, { id, priority }, `${id} has priority ${priority} from now on.`);
      }),
    );
}

export function defineLimit(command: Command): void {
  command
    .argument('<tasks>', 'how many of its tasks may run at once, or "none"', toLimit)
    .option('--json', 'print one JSON object')
    .action((id: string, maxParallel: number | null, options: { json?: boolean }) =>
      withServices(options, async (_, maestro, context) => {
        await changeRun(maestro, id, { maxParallel });
        answer(context, { id, maxParallel }, `${id}: ${sentence(maxParallel)}`);
      }),
    );
}

export function defineProjects(command: Command): void {
  command
    .option('--max-parallel <tasks>', 'how many tasks of it may run at once, or "none"', toLimit)
    .option('--json', 'print one JSON value')
    .action(
      (name: string | undefined, options: { json?: boolean; maxParallel?: number | null }) => {
        const { maxParallel } = options;
        if (maxParallel === undefined) return showProjects(name, options);
        if (name === undefined) command.error('error: --max-parallel needs the name of a project');
        return withServices(options, async (_, maestro, context) => {
          const project = await limitProject(maestro, name, maxParallel);
          answer(context, project, `Project ${name}: ${sentence(maxParallel)}`);
        });
      },
    );
}

function showProjects(name: string | undefined, options: { json?: boolean }): Promise<void> {
  return withRecord(options, async (db, context) => {
    const projects = (await listProjects(db)).filter(
      (project) => name === undefined || project.name === name,
    );
    const rows = projects.map(({ name: own, maxParallel, repository }) => [
      ...[own, String(maxParallel ?? 'none'), repository ?? ''],
    ]);
    answer(context, projects, renderTable(['project', 'tasks at once', 'repository'], rows));
  });
}

const sentence = (limit: number | null): string =>
  limit === null
    ? 'as many tasks at once as there are slots.'
    : `at most ${limit} ${limit === 1 ? 'task' : 'tasks'} at once.`;
