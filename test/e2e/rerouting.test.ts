import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Agent } from '../../src/domain/agent.ts';
import { planRun } from '../../src/maestro/plan-run.ts';
import { reroute } from '../../src/maestro/reroute.ts';
import { submitRun } from '../../src/maestro/submit-run.ts';
import { startFleet, type Fleet } from '../../src/runtime/fleet.ts';
import {
  listPendingReplacements,
  listReassignments,
} from '../../src/storage/reassignment-store.ts';
import { getRun, isFinished } from '../../src/storage/run-store.ts';
import { listTasks } from '../../src/storage/task-store.ts';
import { saveAgents } from '../../src/storage/worker-store.ts';
import { describeEachBackend } from '../support/backends.ts';
import { openTestFleet, type TestFleet } from '../support/fleet.ts';
import { tempDir } from '../support/temp-dir.ts';
import { waitFor } from '../support/wait-for.ts';
import { moduleAgent } from './agent-module.ts';
import { openDeadWorker } from './dead-worker.ts';

describeEachBackend('rerouting', (backend) => {
  let folder: string;
  let base: TestFleet;
  let first: ReturnType<typeof moduleAgent>;
  let second: Agent;
  const fleets: Fleet[] = [];
  const db = () => base.services.database.db;

  beforeAll(async () => {
    folder = await tempDir();
    first = moduleAgent(folder);
    second = { ...first.agent, name: 'second' };
    base = await openTestFleet({
      ...{ backend, agents: [first.agent, second], dataDir: folder },
      parts: { maestro: false, agents: [] },
    });
    await saveAgents(db(), [first.agent, second]);
  });
  afterEach(async () => {
    for (const fleet of fleets.splice(0)) await fleet.close();
  });
  afterAll(() => base.close());

  const start = async (maestro: boolean, agents: readonly Agent[]) => {
    fleets.push(await startFleet(base.services, { web: false, maestro, agents }));
  };
  const plan = async (ids: readonly string[], rest: object = {}): Promise<string> => {
    const { run } = await submitRun(base.maestro, {
      plan: {
        version: 1,
        tasks: ids.map((id) => ({ id, title: id, role: 'backend', ...rest })),
      },
    });
    await planRun(base.maestro, run.id);
    return run.id;
  };
  const named = (prefix: string) => Array.from({ length: 20 }, (_, index) => `${prefix}_${index}`);
  const holders = async (runId: string) =>
    new Set((await listTasks(db(), runId)).map(({ agent }) => agent));

  test('what waits for an agent whose workers are all dead is finished by another, each once', async () => {
    // The only one alive when the run is planned; it takes two tasks and dies.
    const worker = await openDeadWorker(base.services, 'backend');
    const ids = named('l');
    const runId = await plan(ids);
    expect(await holders(runId)).toEqual(new Set(['backend']));
    for (const _ of [1, 2]) await worker.claim(await worker.takeJob());
    await worker.close();
    // Whoever lives has what the dead one held.
    await start(true, [second]);
    await waitFor(
      async () => {
        await reroute(base.maestro, 0);
        return isFinished(await getRun(db(), runId));
      },
      { timeoutMs: 60_000, what: 'the end of the run' },
    );
    expect((await getRun(db(), runId)).state).toBe('done');
    expect(ids.map((id) => first.executions(id).length)).toEqual(ids.map(() => 1));
    expect(await holders(runId)).toEqual(new Set(['second']));
    const moves = await listReassignments(db(), runId);
    expect(moves).toHaveLength(20);
    expect(new Set(moves.map(({ cause, score }) => [cause, score?.workers].join()))).toEqual(
      new Set(['rerouted,1']),
    );
    expect(await listPendingReplacements(db(), runId)).toEqual([]);
    expect((await getRun(db(), runId)).generation).toBe(0);
  }, 90_000);

  test('a capable agent that joins takes a share of what another has too much of', async () => {
    const go = path.join(folder, 'go');
    const placeholder = await openDeadWorker(base.services, 'second');
    const ids = named('o');
    const runId = await plan(ids, { input: { waitFor: go } });
    await placeholder.close();
    const before = await holders(runId);
    expect(before).toEqual(new Set(['second']));
    await start(true, [second]);
    await waitFor(() => ids.filter((id) => first.executions(id).length > 0).length === 4);
    // Its start is told to Maestro, and whenever it has nothing left to do.
    await start(false, [first.agent]);
    await waitFor(
      async () => {
        const tasks = await listTasks(db(), runId);
        return (
          tasks.filter(({ agent, state }) => agent === 'backend' && state === 'done').length >= 9
        );
      },
      { timeoutMs: 60_000, what: 'a share of the work' },
    );
    writeFileSync(go, '');
    expect((await base.ended(runId)).state).toBe('done');
    expect(ids.map((id) => first.executions(id).length)).toEqual(ids.map(() => 1));
    // Nothing went back.
    expect((await listReassignments(db(), runId)).map(({ toAgent }) => toAgent)).not.toContain(
      'second',
    );
    expect((await getRun(db(), runId)).generation).toBe(0);
  }, 90_000);
});
