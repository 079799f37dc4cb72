/**
 * A process of a fleet as workers/*.ts start it, with what only the harness sets: locks that run out
 * soon, and the name of the machine that it plays.
 *
 * usage: node fleet-process.js OPTIONS-AS-JSON
 */
import type { Agent } from '../src/domain/agent.ts';
import { configFor } from '../src/config/config-file.ts';
import { readEnvironment } from '../src/config/environment.ts';
import { startFleet } from '../src/runtime/fleet.ts';
import { openServices } from '../src/runtime/services.ts';
import { untilStopped } from '../src/runtime/until-stopped.ts';
import { createLogger } from '../src/telemetry/logger.ts';

export interface FleetProcessOptions {
  readonly web: boolean;
  readonly maestro: boolean;
  /** All that are configured, and the names of those that this process serves. */
  readonly agents: readonly Agent[];
  readonly serves: readonly string[];
  /** Milliseconds. */
  readonly lockDuration: number;
  /** Milliseconds between two looks for what dead attempts have left. */
  readonly sweepInterval: number;
  /** Processes of different machines do not see each other. */
  readonly machine: string;
}

const options = JSON.parse(process.argv[2] as string) as FleetProcessOptions;
const stopped = untilStopped();
const env = readEnvironment();
const { lockDuration, machine } = options;
const services = await openServices({
  env,
  config: configFor(options.agents, process.cwd()),
  log: createLogger(env),
  workers: options.serves.length + 2,
  lockDuration,
  machine,
});
const fleet = await startFleet(services, {
  web: options.web,
  maestro: options.maestro,
  agents: options.agents.filter((agent) => options.serves.includes(agent.name)),
  sweepInterval: options.sweepInterval,
});
process.stdout.write('serving\n');
await stopped;
await fleet.close();
await services.close();
