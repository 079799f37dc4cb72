import type { Command } from 'commander';
import { readAgentStats } from '../../maestro/agent-stats.ts';
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
        ...stats.get(agent.name),
      }));
      const rows = values.map((agent) => [
        agent.name,
        agent.role,
        agent.executor,
        agent.capabilities.join(', '),
        String(agent.liveWorkers ?? 0),
        `${agent.running ?? 0}/${agent.slots ?? 0}`,
        String(agent.waiting ?? 0),
        agent.successRate === null || agent.successRate === undefined
          ? ''
          : `${Math.round(agent.successRate * 100)} %`,
      ]);
      const head = ['agent', 'role', 'by', 'can', 'workers', 'busy', 'waiting', 'success'];
      answer(context, values, renderTable(head, rows));
    }),
  );
}
