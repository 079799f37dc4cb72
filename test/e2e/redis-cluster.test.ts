import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { retireRuns } from '../../src/maestro/retire-runs.ts';
import { submitRun } from '../../src/maestro/submit-run.ts';
import { countJobs } from '../../src/queue/job-counts.ts';
import { getRun } from '../../src/storage/run-store.ts';
import { openTestFleet, type TestFleet } from '../support/fleet.ts';
import { redisIsAvailable } from '../support/redis.ts';
import { startRedisCluster } from '../support/redis-cluster.ts';
import { tempDir } from '../support/temp-dir.ts';
import { waitFor } from '../support/wait-for.ts';
import { moduleAgent } from './agent-module.ts';

describe.skipIf(!redisIsAvailable())('a cluster of three nodes [redis]', () => {
  let cluster: Awaited<ReturnType<typeof startRedisCluster>>;
  let fleet: TestFleet;
  let agent: ReturnType<typeof moduleAgent>;

  beforeAll(async () => {
    const folder = await tempDir();
    cluster = await startRedisCluster(folder);
    agent = moduleAgent(folder);
    fleet = await openTestFleet({
      backend: { kind: 'redis', redisPath: '' },
      redisUrl: cluster.url,
      agents: [agent.agent],
      dataDir: folder,
      shards: 3,
    });
  });
  afterAll(async () => {
    await fleet.close();
    await cluster.close();
  });

  test('runs of all shards are carried out, and leave the queue', async () => {
    const names = ['one', 'two', 'three'];
    const submitted = await Promise.all(
      names.map((name) =>
        submitRun(fleet.maestro, {
          plan: {
            version: 1,
            title: name,
            tasks: ['a', 'b', 'x', 'y'].map((id) => ({
              ...{ id: `${name}_${id}`, title: id, role: 'backend' },
              dependsOn: ['x', 'y'].includes(id) ? [`${name}_a`, `${name}_b`] : [],
            })),
          },
        }),
      ),
    );
    const runs = submitted.map(({ run }) => run);
    expect(runs.map((run) => run.shard).sort()).toEqual([0, 1, 2]);
    for (const run of runs) expect((await fleet.ended(run.id)).state).toBe('done');
    const ids = names.flatMap((name) => ['a', 'b', 'x', 'y'].map((id) => `${name}_${id}`));
    expect(ids.flatMap(agent.executions)).toEqual(ids.map(() => 1));
    await waitFor(async () => {
      await retireRuns(fleet.maestro, 0);
      const now = await Promise.all(runs.map((run) => getRun(fleet.services.database.db, run.id)));
      return now.every((run) => run.leftQueueAt !== null);
    });
    const left = (await countJobs(fleet.services.queues)).filter(({ count }) => count > 0);
    expect(left).toEqual([]);
    // Short-term memory is in the cluster too.
    const { memory } = fleet.services;
    const draft = { content: 'Ports from 7000 are taken', projectId: 'p', tags: ['ports'] };
    const stored = await memory.store({ ...draft, memoryType: 'context', tier: 'short' });
    const found = await memory.search({ query: 'which ports are taken', projectId: 'p' });
    expect(found.items.map((item) => item.id)).toContain(stored.id);
  });
});
