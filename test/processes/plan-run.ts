/**
 * Plans one run of the record and configuration that it finds, for tests that kill it meanwhile.
 *
 * usage: node plan-run.js RUN
 */
import { loadConfig } from '../../src/config/config-file.ts';
import { readEnvironment } from '../../src/config/environment.ts';
import { planRun } from '../../src/maestro/plan-run.ts';
import { maestroDeps, openMirrors } from '../../src/runtime/fleet.ts';
import { openServices } from '../../src/runtime/services.ts';
import { createLogger } from '../../src/telemetry/logger.ts';

const env = readEnvironment();
const config = await loadConfig(process.cwd());
const services = await openServices({ env, config, log: createLogger(env), workers: 0 });
await planRun(maestroDeps(services, openMirrors(services)), process.argv[2] as string);
await services.close();
