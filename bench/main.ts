import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { readEnvironment } from '../src/config/environment.ts';
import type { Agent } from '../src/domain/agent.ts';
import { submitRun } from '../src/maestro/submit-run.ts';
import { maestroDeps, openMirrors, startFleet } from '../src/runtime/fleet.ts';
import { openServices } from '../src/runtime/services.ts';
import { startRedisServer } from '../src/storage/local-server/redis-server.ts';
import { getRun, isFinished } from '../src/storage/run-store.ts';
import { createLogger } from '../src/telemetry/logger.ts';
import { layeredPlan } from './layered-plan.ts';

/**
 * Carries out a plan of tasks that do nothing, on both backends in one go: what is left is what
 * Aurora itself costs. Quote ratios of one run; absolute numbers depend on the machine.
 */
const { values } = parseArgs({
  options: {
    tasks: { type: 'string', default: '300' },
    concurrency: { type: 'string', default: '16' },
    json: { type: 'boolean', default: false },
  },
});

interface Measured {
  readonly backend: 'redis' | 'postgres';
  readonly tasks: number;
  readonly planSeconds: number;
  readonly runSeconds: number;
  readonly tasksPerSecond: number;
}

const results: Measured[] = [];
for (const backend of ['postgres', 'redis'] as const) results.push(await measure(backend));
if (values.json) console.log(JSON.stringify(results));
else console.table(results);

async function measure(backend: Measured['backend']): Promise<Measured> {
  const folder = await mkdtemp(path.join(tmpdir(), 'aurora-bench-'));
  await chmod(folder, 0o755);
  await writeFile(path.join(folder, 'noop.mjs'), 'export default async () => ({});\n');
  const redis =
    backend === 'redis' ? await startRedisServer({ dir: path.join(folder, 'redis') }) : undefined;
  const env = readEnvironment({
    ...process.env,
    DATABASE_URL: '',
    REDIS_URL: redis === undefined ? '' : `unix:${redis.path}`,
    AURORA_DATA_DIR: folder,
    LOG_LEVEL: 'error',
  });
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
    config: { agents, escalations: {}, file: undefined, directory: folder },
    log: createLogger(env),
    workers: agents.length + 2,
  });
  try {
    const fleet = await startFleet(services, { web: false, maestro: true, agents });
    try {
      const plan = layeredPlan(Number(values.tasks));
      const begin = performance.now();
      const deps = maestroDeps(services, openMirrors(services));
      const { run } = await submitRun(deps, { plan });
      const ended = withResolvers();
      let started = 0;
      const unsubscribe = await services.notifier.subscribe(run.id, () => {
        void getRun(services.database.db, run.id).then((now) => {
          if (now.state !== 'submitted' && started === 0) started = performance.now();
          if (isFinished(now)) ended.resolve();
        }, ended.reject);
      });
      await ended.promise;
      const end = performance.now();
      await unsubscribe();
      const runSeconds = (end - started) / 1_000;
      return {
        backend,
        tasks: plan.tasks.length,
        planSeconds: round((started - begin) / 1_000),
        runSeconds: round(runSeconds),
        tasksPerSecond: round(plan.tasks.length / runSeconds),
      };
    } finally {
      await fleet.close();
    }
  } finally {
    await services.close();
    await redis?.close();
    await rm(folder, { recursive: true, force: true });
  }
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

/** Promise.withResolvers, which Node 20 does not have. */
function withResolvers() {
  let resolve: () => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const promise = new Promise<void>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
