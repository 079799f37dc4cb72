import { afterAll, beforeAll, expect, it } from 'vitest';
import { openDatabase, type Database } from '../../src/storage/database.ts';
import { resolveEscalation, listEscalations } from '../../src/storage/escalation-store.ts';
import { addToTotal } from '../../src/storage/totals-store.ts';
import { stopWorker } from '../../src/storage/worker-store.ts';
import {
  createMetrics,
  memoryQueriesTotal,
  type MetricsDeps,
} from '../../src/telemetry/metrics.ts';
import { claim, complete, diamond, fail, seedFleet, seedRun, worker } from '../http/seed-run.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let testDatabase: TestDatabase;
let database: Database;
beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = await openDatabase(testDatabase.url);
});
afterAll(async () => {
  await database.close();
  await testDatabase.drop();
});

/** One scrape by a process that has just started. */
async function scrape(changed: Partial<MetricsDeps> = {}): Promise<string> {
  const metrics = createMetrics({
    db: database.db,
    countQueueJobs: async () => [{ queue: 'maestro', state: 'active', count: 2 }],
    onQueueError: (error) => {
      throw error;
    },
    ...changed,
  });
  return metrics.text();
}
const value = (text: string, sample: string): number | undefined => {
  const line = text.split('\n').find((each) => each.startsWith(`${sample} `));
  return line === undefined ? undefined : Number(line.slice(sample.length + 1));
};

it("has exactly the seed's names and types", async () => {
  const text = await scrape();
  const types = new Map(
    [...text.matchAll(/^# TYPE (aurora_\S+) (\w+)$/gm)].map((match) => [match[1], match[2]]),
  );
  expect(Object.fromEntries(types)).toMatchObject({
    aurora_tasks_total: 'counter',
    aurora_tasks_completed: 'counter',
    aurora_tasks_failed: 'counter',
    aurora_agent_utilization: 'gauge',
    aurora_memory_queries: 'counter',
  });
  expect(value(text, 'aurora_tasks_total')).toBe(0);
  expect(value(text, 'aurora_memory_queries{tier="long"}')).toBe(0);
  expect(text).toContain('process_cpu_seconds_total');
});

it('tells what is in the record, the same in every process', async () => {
  const { db } = database;
  await seedFleet(db);
  const run = await seedRun(db, diamond);
  await fail(db, run.id, 'schema', 'red', 1);
  await expect.poll(() => complete(db, run.id, 'schema').then(() => true)).toBe(true);
  await fail(db, run.id, 'page', 'red');
  await claim(db, run.id, 'api');
  await addToTotal(db, memoryQueriesTotal, 'working', 3);

  const text = await scrape();
  expect(value(text, 'aurora_tasks_total')).toBe(4);
  expect(value(text, 'aurora_tasks_completed')).toBe(1);
  expect(value(text, 'aurora_tasks_failed')).toBe(1);
  expect(value(text, 'aurora_agent_utilization{agent="backend"}')).toBe(0.25);
  expect(value(text, 'aurora_agent_utilization{agent="frontend"}')).toBe(0);
  expect(value(text, 'aurora_memory_queries{tier="working"}')).toBe(3);
  expect(value(text, 'aurora_runs{state="running"}')).toBe(1);
  expect(value(text, 'aurora_attempts_total{outcome="failed"}')).toBe(2);
  expect(value(text, 'aurora_attempts_total{outcome="succeeded"}')).toBe(1);
  expect(value(text, 'aurora_escalations_open')).toBe(1);
  expect(value(text, 'aurora_queue_jobs{queue="maestro",state="active"}')).toBe(2);
  expect(value(text, 'aurora_queue_up')).toBe(1);
});

it('never counts a failure down when a human gives the task another chance', async () => {
  const [escalation] = await listEscalations(database.db);
  await resolveEscalation(database.db, escalation?.id ?? '', { action: 'retry' });
  const text = await scrape();
  expect(value(text, 'aurora_tasks_failed')).toBe(1);
  expect(value(text, 'aurora_escalations_open')).toBe(0);
});

it('is 0 for an agent whose workers have gone', async () => {
  await stopWorker(database.db, worker);
  expect(value(await scrape(), 'aurora_agent_utilization{agent="backend"}')).toBe(0);
});

it('serves the record when the queue does not answer, and says so', async () => {
  const errors: unknown[] = [];
  const text = await scrape({
    countQueueJobs: () => Promise.reject(new Error('no queue')),
    onQueueError: (error) => errors.push(error),
  });
  expect(value(text, 'aurora_queue_up')).toBe(0);
  expect(value(text, 'aurora_tasks_total')).toBe(4);
  expect(errors).toHaveLength(1);
});

it('reads once for all metrics of concurrent scrapes', async () => {
  let asked = 0;
  const metrics = createMetrics({
    db: database.db,
    countQueueJobs: async () => {
      asked += 1;
      return [];
    },
    onQueueError: () => undefined,
  });
  await Promise.all([metrics.text(), metrics.text()]);
  expect(asked).toBe(1);
});
