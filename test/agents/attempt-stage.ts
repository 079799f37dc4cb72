import path from 'node:path';
import { createDiscoveryNews } from '../../src/queue/discovery-news.ts';
import { Discoveries } from '../../src/agents/discoveries.ts';
import { performAttempt } from '../../src/agents/perform-attempt.ts';
import { openMirrors } from '../../src/runtime/fleet.ts';
import type { Fence } from '../../src/storage/attempt-store.ts';
import { claimTask, type ClaimedTask } from '../../src/storage/claim-store.ts';
import { moduleAgent } from '../e2e/agent-module.ts';
import { openTestFleet } from '../support/fleet.ts';
import { tempDir } from '../support/temp-dir.ts';

/** Services without workers: a test claims tasks and performs their attempts by its own hand. */
export async function openAttemptStage() {
  const folder = await tempDir();
  const agent = moduleAgent(folder);
  const fleet = await openTestFleet({
    backend: { kind: 'postgres' },
    agents: [agent.agent],
    dataDir: folder,
    parts: { maestro: false, agents: [] },
  });
  const { database, memory, log, env, notifier, queues } = fleet.services;
  const workspaces = () => ({
    mirrors: openMirrors(fleet.services),
    worktreesRoot: path.join(folder, 'data', 'worktrees'),
  });
  return {
    ...{ folder, agent, fleet, db: database.db, workspaces },
    async claim(
      runId: string,
      taskId: string,
      generation = 0,
    ): Promise<{ claimed: ClaimedTask; fence: Fence }> {
      const result = await claimTask(database.db, {
        ...{ runId, taskId, generation, assignment: 1 },
        ...{ workerId: 'wrk_test', jobId: 'job', lockToken: 'token' },
      });
      if (result.kind !== 'claimed') throw new Error(result.kind);
      const { claimed } = result;
      return { claimed, fence: { runId, taskId, epoch: claimed.epoch } };
    },
    perform(claimed: ClaimedTask, fence: Fence, signal = new AbortController().signal) {
      const lines = {
        discoveries: createDiscoveryNews(queues.relay, log),
        listeners: new Discoveries(database.db, log),
        web: undefined,
      };
      const deps = {
        ...{ database, memory, log, notify: notifier.notify, workspaces: workspaces() },
        ...{ workerId: 'wrk_test', configDirectory: folder, variables: env.variables },
        ...{ random: Math.random, running: new Map(), lines },
        ...{ maxHandoffs: 3, maxQuestions: 10 },
        ...{
          handOutRoom: async () => undefined,
          freeBehind: async () => undefined,
          tellEscalation: () => undefined,
        },
        releaseAgent: async () => undefined,
        models: {},
        setups: new Map(),
      };
      return performAttempt(deps, agent.agent, claimed, fence, signal);
    },
  };
}
