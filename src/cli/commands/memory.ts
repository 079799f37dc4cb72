import type { Command } from 'commander';
import pc from 'picocolors';
import {
  memoryDraftSchema,
  memoryTierNames,
  MemoryType,
  type Memory,
} from '../../domain/memory.ts';
import { AuroraError } from '../../domain/errors.ts';
import { checkInput } from '../../memory/memory-door.ts';
import type { MemoryStats } from '../../memory/memory-stats.ts';
import { answer } from '../cli-context.ts';
import { oneLine } from '../format.ts';
import { defineMemoryTransfer } from './memory-transfer.ts';
import { projectToAsk, projectToKeepIn } from '../../storage/project-store.ts';
import { describeLessons } from '../lesson-table.ts';
import { renderTable } from '../table.ts';
import { withServices } from '../with-services.ts';

interface Options {
  json?: boolean;
  project: string;
  kind?: string;
  tags?: string;
  tier?: string;
  limit?: string;
}

export function defineMemory(memory: Command): void {
  defineMemoryTransfer(memory);
  memory
    .command('add <content>')
    .description('remember something')
    .option('--project <name>', 'project', 'default')
    .option('--kind <kind>', `one of ${Object.values(MemoryType).join(', ')}`, MemoryType.PATTERN)
    .option('--tags <tags>', 'comma-separated')
    .option('--tier <tier>', `one of ${memoryTierNames.join(', ')}`)
    .option('--json', 'print the memory as one JSON object')
    .action((content: string, options: Options) =>
      withServices(options, async (services, _maestro, context) => {
        const draft = checkInput(memoryDraftSchema, {
          content,
          memoryType: options.kind,
          projectId: options.project,
          tags: splitTags(options.tags),
          ...tierOf(options),
        });
        const projectId = await projectToKeepIn(services.database.db, options.project);
        const stored = await services.memory.store({ ...draft, projectId });
        answer(context, stored, `Remembered as ${stored.id}.`);
      }),
    );
  memory
    .command('search <query>')
    .description('what is known about something, best first')
    .option('--project <name>', 'project', 'default')
    .option('--tags <tags>', 'comma-separated; only memories with one of them')
    .option('--tier <tier>', `one of ${memoryTierNames.join(', ')}`)
    .option('--limit <count>', 'at most this many', '5')
    .option('--json', 'print the answer as one JSON object')
    .action((query: string, options: Options) =>
      withServices(options, async (services, _maestro, context) => {
        const found = await services.memory.search({
          query,
          projectId: await projectToAsk(services.database.db, options.project),
          limit: Number(options.limit),
          tags: splitTags(options.tags),
          ...tierOf(options),
        });
        const lines = found.items.map((item) => describe(item, item.why));
        const missing = found.missing.map((each) =>
          pc.yellow(`${each.tier} memory did not answer: ${each.reason}`),
        );
        answer(context, found, [...lines, ...missing].join('\n') || 'Nothing is known about that.');
      }),
    );
  memory
    .command('show <id>')
    .description('one memory with everything that is known of it')
    .option('--json', 'print it as one JSON object')
    .action((id: string, options: Options) =>
      withServices(options, async (services, _maestro, context) => {
        const found = await services.memory.get(id);
        const { tier, type, projectId: project, content, tags, metadata, uses, expiresAt } = found;
        const { contradictedBy, contradicts, origins, taught } = found;
        const facts = [
          `${type} in ${tier} memory of project ${project}, used ${uses} times`,
          `until ${expiresAt?.toISOString() ?? 'forgotten'}`,
          ...(tags.length > 0 ? [`tags ${tags.join(', ')}`] : []),
          ...(Object.keys(metadata).length > 0 ? [JSON.stringify(metadata)] : []),
          ...(contradictedBy === undefined ? [] : [`contradicted by the newer ${contradictedBy}`]),
          ...(contradicts.length > 0 ? [`contradicts the older ${contradicts.join(', ')}`] : []),
          ...taught.map(
            ({ runId, taskId, attempt, at }) =>
              `taught by ${taskId}${attempt === undefined ? '' : `, attempt ${attempt}`}${runId === undefined ? '' : `, of ${runId}`}, ${at.toISOString()}`,
          ),
          ...origins.map(
            (origin) =>
              `merged ${origin.id} of ${origin.createdAt.toISOString()}: ${oneLine(origin.content, 120)} ${JSON.stringify(origin.metadata)}`,
          ),
        ];
        answer(context, found, `${pc.dim(facts.join('\n'))}\n${content}`);
      }),
    );
  memory
    .command('report')
    .description('what the lessons of a project do: how often attempts succeed with and without')
    .option('--project <name>', 'project', 'default')
    .option('--json', 'print the report as one JSON object')
    .action((options: Options) =>
      withServices(options, async (services, _maestro, context) => {
        const report = await services.memory.report(
          await projectToAsk(services.database.db, options.project),
        );
        answer(context, report, describeLessons(report));
      }),
    );
  memory
    .command('stats')
    .description('what memory holds, and what was done to memories')
    .option('--project <name>', 'only this project')
    .option('--json', 'print them as one JSON object')
    .action((options: Omit<Options, 'project'> & { project?: string }) =>
      withServices(options, async (services, _maestro, context) => {
        const project =
          options.project === undefined
            ? undefined
            : await projectToAsk(services.database.db, options.project);
        const stats = await services.memory.stats(project);
        answer(context, stats, describeStats(stats));
      }),
    );
  memory
    .command('forget <id>')
    .description('remove a memory and everything that was derived from it')
    .option('--json', 'print one JSON object')
    .action((id: string, options: Options) =>
      withServices(options, async (services, _maestro, context) => {
        const forgotten = await services.memory.forget(id);
        const derived = forgotten.filter((each) => each !== id);
        const also = derived.length === 0 ? '' : ` and what came of it: ${derived.join(', ')}`;
        answer(context, { id, forgotten }, `Forgot ${id}${also}.`);
      }),
    );
  memory
    .command('promote <id>')
    .description('copy a memory one tier up, where it lives longer')
    .option('--json', 'print the copy as one JSON object')
    .action((id: string, options: Options) =>
      withServices(options, async (services, _maestro, context) => {
        const copy = await services.memory.promote(id);
        answer(context, copy, `${id} is now ${copy.id} too.`);
      }),
    );
}

function describeStats({ working, actions }: MemoryStats): string {
  const held = working.map(({ type, memories, merged, contradicted }) => [
    type,
    String(memories),
    String(merged),
    String(contradicted),
  ]);
  const done = actions.map(({ action, tier, count }) => [action, tier, String(count)]);
  return [
    renderTable(['working memory', 'memories', 'merged into them', 'contradicted'], held),
    renderTable(['done', 'tier', 'times'], done),
  ].join('\n');
}

function describe(memory: Memory, why: readonly string[]): string {
  return `${pc.dim(memory.id)} ${memory.type}\n  ${oneLine(memory.content, 200)}\n  ${pc.dim(why.join('; '))}`;
}

const splitTags = (tags: string | undefined) =>
  (tags ?? '').split(',').filter((tag) => tag.trim() !== '');

function tierOf({ tier }: Options) {
  if (tier === undefined) return {};
  const known = memoryTierNames.find((name) => name === tier);
  if (known === undefined) {
    throw new AuroraError(
      'memory-invalid',
      `There is no memory tier "${tier}"; the tiers are ${memoryTierNames.join(', ')}.`,
    );
  }
  return { tier: known };
}
