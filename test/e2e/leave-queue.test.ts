import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildTaskGraph } from '../../src/domain/task-graph.ts';
import { removeOrphans, retireRuns } from '../../src/maestro/retire-runs.ts';
import { submitRun } from '../../src/maestro/submit-run.ts';
import { countJobs } from '../../src/queue/job-counts.ts';
import { runJobId, taskJobId } from '../../src/queue/job-names.ts';
import { submitFlow, type QueuedTask } from '../../src/queue/run-flow.ts';
import { listMessages } from '../../src/storage/message-store.ts';
import { pruneHistory } from '../../src/storage/retention-store.ts';
import { findRuns, getRun } from '../../src/storage/run-store.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { describeEachBackend } from '../support/backends.ts';
import { openTestFleet, type TestFleet } from '../support/fleet.ts';
import { tempDir } from '../support/temp-dir.ts';
import { waitFor } from '../support/wait-for.ts';
import { moduleAgent } from './agent-module.ts';
import { loseQueue } from './lose-queue.ts';

describeEachBackend('leaving the queue', (backend) => {
  let folder: string;
  let fleet: TestFleet;
  let agent: ReturnType<typeof moduleAgent>;
  const db = () => fleet.services.database.db;

  beforeAll(async () => {
    folder = await tempDir();
    agent = moduleAgent(folder);
    fleet = await openTestFleet({ backend, agents: [agent.agent], dataDir: folder });
  });
  afterAll(() => fleet.close());

  const submit = async (tasks: Record<string, object>): Promise<string> => {
    const { run } = await submitRun(fleet.maestro, {
      plan: {
        version: 1,
        title: Object.keys(tasks).join(' '),
        tasks: Object.entries(tasks).map(([id, rest]) => ({
          ...{ id, title: id, role: 'backend' },
          ...rest,
        })),
      },
    });
    return run.id;
  };
  const jobsLeft = async () =>
    (await countJobs(fleet.services.queues)).reduce((sum, { count }) => sum + count, 0);
  const scrape = async () => {
    const metrics = createMetrics({
      db: db(),
      countQueueJobs: async () => [],
      onQueueError: (error) => {
        throw error;
      },
    });
    return (await metrics.text())
      .split('\n')
      .filter((line) => /^aurora_(tasks|attempts)_/.test(line))
      .sort();
  };

  test('the jobs of an ended run are removed, its history stays, and goes when it is old', async () => {
    const runId = await submit({
      a_one: {},
      a_two: {},
      a_x: { dependsOn: ['a_one', 'a_two'] },
      a_y: { dependsOn: ['a_one', 'a_two'] },
    });
    expect((await fleet.ended(runId)).state).toBe('done');
    await retireRuns(fleet.maestro);
    // Ended a moment ago: who looks at the queue still finds it.
    expect((await getRun(db(), runId)).leftQueueAt).toBeNull();
    await waitFor(async () => {
      await retireRuns(fleet.maestro, 0);
      return (await getRun(db(), runId)).leftQueueAt !== null;
    });
    expect(await jobsLeft()).toBe(0);
    expect((await listMessages(db(), runId)).length).toBeGreaterThan(8);

    const before = await scrape();
    expect(before).toContain('aurora_tasks_completed 4');
    await pruneHistory(db(), 90);
    expect(await findRuns(db(), [runId])).toHaveLength(1);
    await fleet.services.database.pool.query(
      `UPDATE aurora.runs SET finished_at = now() - interval '91 days' WHERE id = $1`,
      [runId],
    );
    expect(await pruneHistory(db(), 90)).toBe(1);
    expect(await findRuns(db(), [runId])).toEqual([]);
    expect(await listMessages(db(), runId)).toEqual([]);
    // Counters never go back.
    expect(await scrape()).toEqual(before);
  });

  test('flows that the record knows nothing of are removed, those of open runs are not', async () => {
    const gate = path.join(folder, 'orphans-gone');
    const openRun = await submit({
      o_wait: { input: { waitFor: gate } },
      o_end: { dependsOn: ['o_wait'] },
    });
    await waitFor(() => agent.executions('o_wait').length === 1);
    const shard = fleet.services.queues.of({ shard: 0 });
    const orphan = { runId: 'run_unknown', generation: 0 };
    const node = { agent: 'nobody', priority: 5, assignment: 1 };
    const built = buildTaskGraph<QueuedTask>([
      { id: 'u_one', dependsOn: [], ...node },
      { id: 'u_two', dependsOn: ['u_one'], ...node },
    ]);
    if (!built.ok) throw new Error('not a DAG');
    await submitFlow(shard, orphan, built.graph, async () => []);
    // Without children the root is let go, and Maestro may be busy with it at that moment.
    await waitFor(async () => {
      await removeOrphans(fleet.maestro);
      return (await shard.maestro.getJob(runJobId('run_unknown', 0))) === undefined;
    });
    for (const id of ['u_one', 'u_two']) {
      expect(
        await shard.agent('nobody').getJob(taskJobId('run_unknown', 0, id, 1)),
      ).toBeUndefined();
    }
    expect(await shard.maestro.getJob(runJobId(openRun, 0))).toBeDefined();
    writeFileSync(gate, '');
    expect((await fleet.ended(openRun)).state).toBe('done');
  });

  test('a queue that loses everything while all are at work is noticed, and built again', async () => {
    const gate = path.join(folder, 'queue-lost');
    const runs = [
      await submit({ q_done: {}, q_wait: { input: { waitFor: gate }, dependsOn: ['q_done'] } }),
      await submit({ r_wait: { input: { waitFor: gate } }, r_end: { dependsOn: ['r_wait'] } }),
    ];
    await waitFor(() => ['q_wait', 'r_wait'].every((id) => agent.executions(id).length === 1));
    await loseQueue(backend, fleet);
    // Nobody is told; the leader finds out.
    await waitFor(
      async () => {
        const found = await findRuns(db(), runs);
        return found.every((run) => run.generation === 1 && run.flowGeneration === 1);
      },
      { timeoutMs: 30_000 },
    );
    writeFileSync(gate, '');
    for (const runId of runs) expect((await fleet.ended(runId)).state).toBe('done');
    expect(agent.executions('q_done')).toHaveLength(1);
    expect(agent.executions('r_end')).toHaveLength(1);
  });
});
