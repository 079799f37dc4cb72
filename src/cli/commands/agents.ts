import { userInfo } from 'node:os';
import type { Command } from 'commander';
import { unknownAgent, type AgentStats } from '../../domain/agent-score.ts';
import { successRate } from '../../domain/success-rate.ts';
import { readAgentStats } from '../../storage/agent-stats-store.ts';
import { resumeAgent } from '../../maestro/resume-agent.ts';
import { listSuspended, type AgentCircuit } from '../../storage/circuit-store.ts';
import { answer, configOf } from '../cli-context.ts';
import { oneLine } from '../format.ts';
import { renderTable } from '../table.ts';
import { withRecord } from '../with-record.ts';
import { withServices } from '../with-services.ts';

interface Options {
  json?: boolean;
}

export function defineAgents(command: Command): void {
  command
    .command('list', { isDefault: true })
    .description('all of them')
    .option('--json', 'print one JSON array')
    .action(list);
  command
    .command('resume <agent>')
    .description('let a suspended agent work again at once: what it failed of is mended')
    .option('--json', 'print one JSON object')
    .action((name: string, options: Options) =>
      withServices(options, async (_services, maestro, context) => {
        await resumeAgent(maestro, name, userInfo().username);
        answer(context, { name, resumed: true }, `${name} works again.`);
      }),
    );
}

async function list(options: Options): Promise<void> {
  await withRecord(options, async (db, context) => {
    const { agents } = await configOf(context.env);
    const [stats, circuits] = await Promise.all([readAgentStats(db, agents), listSuspended(db)]);
    const values = agents.map(({ executor, ...agent }) => ({
      ...agent,
      executor: executor.type,
      ...summaryOf(stats.get(agent.name)),
      suspended: toSuspension(circuits.get(agent.name)),
    }));
    const rows = values.map((agent) => [
      agent.name,
      agent.role,
      agent.executor,
      agent.capabilities.join(', '),
      String(agent.liveWorkers),
      `${agent.running}/${agent.slots}`,
      String(agent.waiting),
      agent.successRate === null ? '' : `${Math.round(agent.successRate * 100)} %`,
    ]);
    const head = ['agent', 'role', 'by', 'can', 'workers', 'busy', 'waiting', 'success'];
    const suspended = values.flatMap(({ name, suspended: why }) =>
      why === null
        ? []
        : [
            `${name} is suspended since ${why.since}: ${oneLine(why.reason, 200)}`,
            `  It is tried again at ${why.nextProbe}; when it is mended: aurora agents resume ${name}`,
          ],
    );
    answer(context, values, [renderTable(head, rows), ...suspended].join('\n'));
  });
}

function toSuspension(circuit: AgentCircuit | undefined) {
  if (circuit === undefined) return null;
  const { reason, openedAt, probeAt } = circuit;
  return { reason, since: openedAt.toISOString(), nextProbe: probeAt.toISOString() };
}

/** What agents are chosen by; `successRate` is null before the first attempt. */
function summaryOf({ past, ...load }: AgentStats = unknownAgent) {
  return { ...load, successRate: past.length === 0 ? null : successRate(past) };
}
