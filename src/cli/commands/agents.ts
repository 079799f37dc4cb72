import type { Command } from 'commander';
import { readAgentStats } from '../../storage/agent-stats-store.ts';
import { unknownAgent, type AgentStats } from '../../domain/agent-score.ts';
import { successRate } from '../../domain/success-rate.ts';
import { answer, configOf } from '../cli-context.ts';
import { renderTable } from '../table.ts';
import { withRecord } from '../with-record.ts';

export function defineAgents(command: Command): void {
  command.option('--json', 'print one JSON array').action((options: { json?: boolean }) =>
    withRecord(options, async (db, context) => {
      const { agents } = await configOf(context.env);
      const stats = await readAgentStats(db, agents);
      const values = agents.map(({ executor, ...agent }) => ({
        ...agent,
        executor: executor.type,
        ...summaryOf(stats.get(agent.name)),
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
      answer(context, values, renderTable(head, rows));
    }),
  );
}

/** What agents are chosen by; `successRate` is null before the first attempt. */
function summaryOf({ past, ...load }: AgentStats = unknownAgent) {
  return { ...load, successRate: past.length === 0 ? null : successRate(past) };
}
