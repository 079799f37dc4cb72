import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { configFor } from '../src/config/config-file.ts';
import { readEnvironment } from '../src/config/environment.ts';
import type { Agent } from '../src/domain/agent.ts';
import { submitRun } from '../src/maestro/submit-run.ts';
import { maestroDeps, openMirrors } from '../src/runtime/fleet.ts';
import { openServices, type Services } from '../src/runtime/services.ts';
import { startRedisServer } from '../src/storage/local-server/redis-server.ts';
import { createLogger } from '../src/telemetry/logger.ts';
import type { FleetPartOptions, PartCost } from './fleet-part.ts';
import { shapedPlan, shapeNames, type ShapeName } from './plan-shapes.ts';
import { watchRedis } from './watch-redis.ts';

/**
 * Carries out plans of tasks that do nothing, with one Maestro and one worker as processes of their
 * own: what is left is what Aurora itself costs. Quote ratios of one run; absolute numbers depend on
 * the machine.
 */
const { values } = parseArgs({
  options: {
    tasks: { type: 'string', default: '300' },
    shape: { type: 'string', default: 'layers' },
    concurrency: { type: 'string', default: '16' },
    /** Which backends, in this order. */
    backends: { type: 'string', default: 'postgres,redis' },
    shards: { type: 'string', default: '1' },
    /** Runs at once, of `tasks` tasks each. */
    runs: { type: 'string', default: '1' },
    /** Empties Redis when half of the tasks are done. */
    flush: { type: 'boolean', default: false },
    /** Waits until the ended runs have left the queue. */
    retire: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});

type Backend = 'redis' | 'postgres';
const shape = values.shape as ShapeName;
if (!shapeNames.includes(shape)) throw new Error(`--shape is one of ${shapeNames.join(', ')}`);

const results: object[] = [];
for (const backend of values.backends.split(',')) {
  if (backend !== 'postgres' && backend !== 'redis') throw new Error(`no backend "${backend}"`);
  results.push(await measure(backend));
}
if (values.json) console.log(JSON.stringify(results));
else for (const result of results) console.table(result);

async function measure(backend: Backend): Promise<object> {
  const folder = await mkdtemp(path.join(tmpdir(), 'aurora-bench-'));
  await chmod(folder, 0o755);
  await writeFile(path.join(folder, 'noop.mjs'), 'export default async () => ({});\n');
  const redis =
    backend === 'redis' ? await startRedisServer({ dir: path.join(folder, 'redis') }) : undefined;
  const variables = {
    ...process.env,
    DATABASE_URL: '',
    REDIS_URL: redis === undefined ? '' : `unix:${redis.path}`,
    AURORA_SHARDS: values.shards,
    AURORA_DATA_DIR: folder,
    LOG_LEVEL: process.env['LOG_LEVEL'] ?? 'error',
  };
  const env = readEnvironment(variables);
  const agents = ['one', 'two', 'three', 'four'].map((name): Agent => ({
    name,
    role: 'backend',
    capabilities: [],
    weight: 1,
    concurrency: Number(values.concurrency) / 4,
    executor: { type: 'function', module: './noop.mjs' },
  }));
  const services = await openServices({
    env,
    config: configFor(agents, folder),
    log: createLogger(env),
    workers: 0,
  });
  const parts: Part[] = [];
  try {
    const childEnv = { ...variables, DATABASE_URL: services.database.url };
    for (const part of ['maestro', 'worker'] as const) {
      parts.push(await startPart({ part, agents, directory: folder }, childEnv));
    }
    const watch = redis && (await watchRedis(redis.path));
    const result = await carryOut(services, parts, watch);
    watch?.close();
    return { backend, ...result };
  } finally {
    await Promise.all(parts.map((part) => part.stop()));
    await services.close();
    await redis?.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function carryOut(
  services: Services,
  [maestro, worker]: readonly Part[],
  redis: Awaited<ReturnType<typeof watchRedis>> | undefined,
): Promise<object> {
  const { pool } = services.database;
  const plan = shapedPlan(Number(values.tasks), shape);
  const runs = Number(values.runs);
  const tasks = runs * plan.tasks.length;
  const deps = maestroDeps(services, openMirrors(services));
  const count = async (condition: string): Promise<number> =>
    Number((await pool.query(`SELECT count(*) FROM aurora.${condition}`)).rows[0].count);
  const until = async (done: () => Promise<boolean>) => {
    while (!(await done())) await sleep(200);
    return performance.now();
  };
  const empty = await redis?.read();
  await Promise.all([maestro?.cost(), worker?.cost()]);

  const begin = performance.now();
  for (let first = 0; first < runs; first += 20) {
    const some = Array.from({ length: Math.min(20, runs - first) });
    await Promise.all(some.map(() => submitRun(deps, { plan })));
  }
  const submitted = performance.now();
  const planned = await until(
    async () => (await count(`runs WHERE state IN ('submitted', 'planned')`)) === 0,
  );
  const [maestroPlanning, redisPlanning] = [await maestro?.cost(), await redis?.read()];
  console.error(
    'planned after',
    round((planned - begin) / 1_000),
    's',
    maestroPlanning,
    redisPlanning,
  );
  if (values.flush) {
    await until(async () => (await count(`tasks WHERE state = 'done'`)) * 2 >= tasks);
    await redis?.flush();
  }
  const ended = await until(
    async () => (await count(`runs WHERE finished_at IS NOT NULL`)) === runs,
  );
  const seconds = (ended - begin) / 1_000;
  const done = await count(`tasks WHERE state = 'done'`);
  const attempts = await count('attempts');
  const [maestroCost, workerCost] = [await maestro?.cost(), await worker?.cost()];
  const full = await redis?.read();
  if (values.retire)
    await until(async () => (await count(`runs WHERE left_queue_at IS NULL`)) === 0);
  const left = performance.now();
  const after = await redis?.read();
  const maestroRetiring = await maestro?.cost();
  const perTask = (n = 0) => Math.round((n / tasks) * 10) / 10;
  return {
    shape,
    runs,
    tasks,
    done,
    attempts,
    submitSeconds: round((submitted - begin) / 1_000),
    planAndEnqueueSeconds: round((planned - begin) / 1_000),
    totalSeconds: round(seconds),
    tasksPerSecond: round(tasks / seconds),
    'maestro peak MB (at start)': `${maestroCost?.peakMegabytes} (${maestroCost?.startMegabytes})`,
    'maestro longest block ms (of CPU), planning': `${maestroPlanning?.longestBlockMs} (${maestroPlanning?.longestBlockCpuMs})`,
    'maestro longest block ms (of CPU), running': `${maestroCost?.longestBlockMs} (${maestroCost?.longestBlockCpuMs})`,
    'maestro CPU s, planning / running': `${maestroPlanning?.cpuSeconds} / ${maestroCost?.cpuSeconds}`,
    'worker peak MB (at start)': `${workerCost?.peakMegabytes} (${workerCost?.startMegabytes})`,
    'worker longest block ms': workerCost?.longestBlockMs,
    'worker CPU s': workerCost?.cpuSeconds,
    'record statements a task, worker': perTask(workerCost?.recordStatements),
    'record statements, maestro planning / running': `${maestroPlanning?.recordStatements} / ${maestroCost?.recordStatements}`,
    'queue statements a task (Postgres)': perTask(workerCost?.queueStatements),
    ...(redis === undefined
      ? {}
      : {
          'redis commands a task': perTask((full?.commands ?? 0) + (redisPlanning?.commands ?? 0)),
          'redis longest ms, planning / running': `${redisPlanning?.longestMs} / ${full?.longestMs}`,
          'redis slowest command, planning': redisPlanning?.slowest,
          'redis slowest command, running': full?.slowest,
          'redis MB, empty / planned / ended': `${empty?.usedMegabytes} / ${redisPlanning?.usedMegabytes} / ${full?.usedMegabytes}`,
        }),
    ...(values.retire
      ? {
          retireSeconds: round((left - ended) / 1_000),
          'maestro longest block ms, retiring': maestroRetiring?.longestBlockMs,
          'redis longest ms, retiring': after?.longestMs,
          'redis MB, retired': after?.usedMegabytes,
        }
      : {}),
  };
}

interface Part {
  cost(): Promise<PartCost>;
  stop(): Promise<void>;
}

async function startPart(options: FleetPartOptions, env: NodeJS.ProcessEnv): Promise<Part> {
  const file = fileURLToPath(new URL('fleet-part.ts', import.meta.url));
  const child: ChildProcess = fork(file, [JSON.stringify(options)], {
    env,
    execArgv: [
      '--import',
      'tsx',
      ...(process.env['PROF'] ? ['--cpu-prof', '--cpu-prof-dir', process.env['PROF']] : []),
    ],
  });
  const ended = once(child, 'exit');
  await Promise.race([
    once(child, 'message'),
    ended.then(() => Promise.reject(new Error(`the ${options.part} did not start`))),
  ]);
  return {
    async cost() {
      child.send('cost');
      const [cost] = (await once(child, 'message')) as [PartCost];
      return cost;
    },
    async stop() {
      if (child.connected) child.send('stop');
      await ended;
    },
  };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
