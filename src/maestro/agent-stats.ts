import type { Agent } from '../domain/agent.ts';
import type { Db } from '../storage/database.ts';
import { agentHistory } from '../storage/agent-history-store.ts';
import { listLiveWorkers } from '../storage/worker-store.ts';
import type { AgentStats } from './assignment.ts';

/** What the assigner scores by, read from the record: live workers, slots, load, recent success. */
export async function readAgentStats(
  db: Db,
  agents: readonly Agent[],
): Promise<Map<string, AgentStats>> {
  const [workers, history] = await Promise.all([listLiveWorkers(db), agentHistory(db)]);
  return new Map(
    agents.map((agent) => {
      const serving = workers.filter((worker) => (worker.slots[agent.name] ?? 0) > 0);
      const past = history.get(agent.name);
      return [
        agent.name,
        {
          liveWorkers: serving.length,
          slots: serving.reduce((sum, worker) => sum + (worker.slots[agent.name] ?? 0), 0),
          running: past?.running ?? 0,
          waiting: past?.waiting ?? 0,
          successRate: past?.successRate ?? null,
        },
      ];
    }),
  );
}
