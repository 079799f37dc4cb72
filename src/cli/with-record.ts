import { Closer } from '../runtime/closer.ts';
import { maestroDeps, openMirrors } from '../runtime/fleet.ts';
import { openRecord, openServices, type Services } from '../runtime/services.ts';
import type { MaestroDeps } from '../maestro/maestro-deps.ts';
import type { Db } from '../storage/database.ts';
import { configOf, openContext, type CliContext } from './cli-context.ts';

/** Lends the record to a command that only looks. */
export async function withRecord(
  options: { json?: boolean },
  use: (db: Db, context: CliContext) => Promise<void>,
): Promise<void> {
  const context = openContext(options);
  const closer = new Closer();
  try {
    const { database } = await openRecord(context.env, context.log, closer);
    await use(database.db, context);
  } finally {
    await closer.close();
  }
}

/** Lends record, queues and memory to a command that changes something. */
export async function withServices(
  options: { json?: boolean },
  use: (services: Services, maestro: MaestroDeps, context: CliContext) => Promise<void>,
): Promise<void> {
  const context = openContext(options);
  const { env, log } = context;
  const config = await configOf(env);
  const services = await openServices({ env, config, log, workers: 0 });
  try {
    await use(services, maestroDeps(services, openMirrors(services)), context);
  } finally {
    await services.close();
  }
}
