/**
 * A part of the fleet as a process of its own, which tells its parent what it cost.
 *
 * usage: forked, with OPTIONS-AS-JSON
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import pg from 'pg';
import { configFor } from '../src/config/config-file.ts';
import { readEnvironment } from '../src/config/environment.ts';
import type { Agent } from '../src/domain/agent.ts';
import { startFleet } from '../src/runtime/fleet.ts';
import { openServices } from '../src/runtime/services.ts';
import { createLogger } from '../src/telemetry/logger.ts';

export interface FleetPartOptions {
  readonly part: 'maestro' | 'worker';
  readonly agents: readonly Agent[];
  readonly directory: string;
}

/** What a process has cost since the last time it was asked. */
export interface PartCost {
  /** Highest so far, and at the start, in megabytes. */
  readonly peakMegabytes: number;
  readonly startMegabytes: number;
  /** The longest time that nothing else could happen, in milliseconds. */
  readonly longestBlockMs: number;
  /** The most CPU that it used between two turns of the event loop: other processes do not show in it. */
  readonly longestBlockCpuMs: number;
  readonly cpuSeconds: number;
  /** Statements on the record, and on the queue's tables. */
  readonly recordStatements: number;
  readonly queueStatements: number;
}

const { part, agents, directory } = JSON.parse(process.argv[2] as string) as FleetPartOptions;
const statements = countStatements();
const env = readEnvironment();
const services = await openServices({
  env,
  config: configFor(agents, directory),
  log: createLogger(env),
  workers: agents.length + 2,
});
const isMaestro = part === 'maestro';
const fleet = await startFleet(services, {
  web: false,
  maestro: isMaestro,
  agents: isMaestro ? [] : agents,
});

const delays = monitorEventLoopDelay({ resolution: 10 });
delays.enable();
const startMegabytes = megabytes();
let peakMegabytes = startMegabytes;
let cpu = process.cpuUsage();
const sampling = setInterval(() => {
  peakMegabytes = Math.max(peakMegabytes, megabytes());
}, 1_000);
let turn = process.cpuUsage();
let longestTurn = 0;
const turns = setInterval(() => {
  const used = process.cpuUsage(turn);
  longestTurn = Math.max(longestTurn, used.user + used.system);
  turn = process.cpuUsage();
}, 10);
process.on('message', (order) => {
  if (order === 'stop') void stop();
  else process.send?.(readCost());
});
process.send?.('serving');

function readCost(): PartCost {
  const used = process.cpuUsage(cpu);
  const cost = {
    peakMegabytes: Math.round(peakMegabytes),
    startMegabytes: Math.round(startMegabytes),
    longestBlockMs: Math.round(delays.max / 1e6),
    longestBlockCpuMs: Math.round(longestTurn / 1_000),
    cpuSeconds: Math.round((used.user + used.system) / 1e4) / 100,
    recordStatements: statements.record,
    queueStatements: statements.queue,
  };
  delays.reset();
  longestTurn = 0;
  statements.record = 0;
  statements.queue = 0;
  cpu = process.cpuUsage();
  return cost;
}

function megabytes(): number {
  return process.memoryUsage.rss() / 2 ** 20;
}

async function stop(): Promise<void> {
  clearInterval(sampling);
  clearInterval(turns);
  await fleet.close();
  await services.close();
  process.disconnect();
}

function countStatements(): { record: number; queue: number } {
  const counts = { record: 0, queue: 0 };
  const { prototype } = pg.Client as unknown as {
    prototype: { query: (...args: unknown[]) => unknown; connectionParameters: unknown };
  };

  const query = prototype.query;
  prototype.query = function (
    this: { connectionParameters: { application_name?: string } },
    ...args
  ) {
    counts[this.connectionParameters.application_name === 'aurora-queue' ? 'queue' : 'record']++;
    return query.apply(this, args);
  };
  return counts;
}
