import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { PoolClient } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { shapedPlan } from '../../bench/plan-shapes.ts';
import { retireRuns } from '../../src/maestro/retire-runs.ts';
import { submitRun } from '../../src/maestro/submit-run.ts';
import { listMessages } from '../../src/storage/message-store.ts';
import { getRun } from '../../src/storage/run-store.ts';
import { openTestFleet, type TestFleet } from '../support/fleet.ts';
import { redisIsAvailable, testRedisPath } from '../support/redis.ts';
import { tempDir } from '../support/temp-dir.ts';

const tasks = 300;
/** What a task may cost if nothing is ever written together: more than this is a new cost. */
const statementsPerTask = 21;

describe.skipIf(!redisIsAvailable())('a large run [redis]', () => {
  let fleet: TestFleet;
  let log: string;
  beforeAll(async () => {
    const folder = await tempDir();
    log = path.join(folder, 'log');
    writeFileSync(log, '');
    writeFileSync(
      path.join(folder, 'noop.mjs'),
      `import { appendFileSync } from 'node:fs';
       export default async ({ id }) => appendFileSync(${JSON.stringify(log)}, id + '\\n');\n`,
    );
    fleet = await openTestFleet({
      backend: { kind: 'redis', redisPath: testRedisPath() },
      agents: [
        {
          ...{ name: 'backend', role: 'backend', capabilities: [], weight: 1, concurrency: 32 },
          executor: { type: 'function', module: './noop.mjs' },
        },
      ],
      dataDir: folder,
    });
  });
  afterAll(() => fleet.close());

  test('of every shape does each task once, for a bounded number of statements, and leaves the queue', async () => {
    const { pool, db } = fleet.services.database;
    let statements = 0;
    const counted = new WeakSet<PoolClient>();
    pool.on('acquire', (client) => {
      if (counted.has(client)) return;
      counted.add(client);
      const query = client.query.bind(client) as (...args: unknown[]) => unknown;
      client.query = ((...args: unknown[]) => {
        statements++;
        return query(...args);
      }) as typeof client.query;
    });
    const plan = shapedPlan(tasks, 'mixed');
    const { run } = await submitRun(fleet.maestro, { plan });
    expect((await fleet.ended(run.id)).state).toBe('done');
    const spent = statements / tasks;
    const done = readFileSync(log, 'utf8').trim().split('\n');
    expect([...done].sort()).toEqual(plan.tasks.map((task) => (task as { id: string }).id).sort());
    const place = new Map(done.map((id, index) => [id, index]));
    for (const { id, dependsOn = [] } of plan.tasks as { id: string; dependsOn?: string[] }[]) {
      for (const other of dependsOn) {
        expect(place.get(other)).toBeLessThan(place.get(id) as number);
      }
    }
    const types = (await listMessages(db, run.id, 0, 10 * tasks)).map(({ type }) => type);
    expect(types.filter((type) => type === 'TASK_COMPLETE')).toHaveLength(tasks);
    expect(spent).toBeLessThan(statementsPerTask);

    await retireRuns(fleet.maestro, 0);
    expect((await getRun(db, run.id)).leftQueueAt).not.toBeNull();
    const { maestro, links } = fleet.services.queues.of(run);
    const left = await Promise.all(
      [maestro, links].map((queue) =>
        queue.getJobCounts('waiting', 'prioritized', 'waiting-children', 'completed', 'failed'),
      ),
    );
    expect(left.flatMap((counts) => Object.values(counts)).filter((count) => count > 0)).toEqual(
      [],
    );
  }, 60_000);
});
