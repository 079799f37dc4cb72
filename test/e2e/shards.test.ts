import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { planRun } from '../../src/maestro/plan-run.ts';
import { submitRun } from '../../src/maestro/submit-run.ts';
import { runJobId } from '../../src/queue/job-names.ts';
import { startFleet } from '../../src/runtime/fleet.ts';
import { openServices } from '../../src/runtime/services.ts';
import { getRun } from '../../src/storage/run-store.ts';
import { openTestFleet, type TestFleet } from '../support/fleet.ts';
import { redisIsAvailable, testRedisPath } from '../support/redis.ts';
import { tempDir } from '../support/temp-dir.ts';
import { moduleAgent } from './agent-module.ts';

describe.skipIf(!redisIsAvailable())('shards [redis]', () => {
  let base: TestFleet;
  let agent: ReturnType<typeof moduleAgent>;

  beforeAll(async () => {
    const folder = await tempDir();
    agent = moduleAgent(folder);
    base = await openTestFleet({
      backend: { kind: 'redis', redisPath: testRedisPath() },
      agents: [agent.agent],
      dataDir: folder,
      parts: { maestro: false, agents: [] },
      shards: 3,
    });
  });
  afterAll(() => base.close());

  const submit = async (name: string) => {
    const ids = [`${name}_a`, `${name}_b`];
    const { run } = await submitRun(base.maestro, {
      plan: {
        version: 1,
        title: name,
        tasks: [...ids, `${name}_end`].map((id) => ({
          ...{ id, title: id, role: 'backend' },
          ...(ids.includes(id) ? {} : { dependsOn: ids }),
        })),
      },
    });
    await planRun(base.maestro, run.id);
    return { name, ...run };
  };

  test('runs are spread, workers serve all shards, and with fewer shards no run is lost', async () => {
    const { queues, database } = base.services;
    const runs = [];
    for (const name of ['one', 'two', 'three', 'four']) runs.push(await submit(name));
    expect([...new Set(runs.map((run) => run.shard))].sort()).toEqual([0, 1, 2]);
    for (const run of runs) {
      for (const { shard, maestro } of queues.shards) {
        const isThere = (await maestro.getJob(runJobId(run.id, 0))) !== undefined;
        expect(isThere).toBe(shard === run.shard);
      }
    }
    expect(queues.of({ shard: 2 }).maestro.opts.prefix).toMatch(/^\{.+-2\}$/);

    const parts = { web: false, maestro: true, agents: [agent.agent] };
    const [beyond] = await Promise.all(
      runs.filter((run) => run.shard > 0).map((run) => getRun(database.db, run.id)),
    );
    // As when AURORA_SHARDS was lowered: this process serves the first shard only.
    const fewer = await openServices({
      ...{ env: { ...base.services.env, shards: 1 }, config: base.services.config },
      ...{ log: base.services.log, workers: 3, redisPrefix: queues.requirements.opts.prefix ?? '' },
    });
    const fleet = await startFleet(fewer, parts);
    for (const run of runs) expect((await base.ended(run.id)).state).toBe('done');
    await fleet.close();
    await fewer.close();
    expect(await getRun(database.db, beyond?.id ?? '')).toMatchObject({ shard: 0 });

    const all = await startFleet(base.services, parts);
    for (const name of ['five', 'six', 'seven']) runs.push(await submit(name));
    for (const run of runs) expect((await base.ended(run.id)).state).toBe('done');
    await all.close();
    for (const { name } of runs) {
      const executed = ['a', 'b', 'end'].flatMap((id) => agent.executions(`${name}_${id}`));
      expect(executed).toEqual([1, 1, 1]);
    }
  });
});
