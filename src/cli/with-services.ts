import type { MaestroDeps } from '../maestro/maestro-deps.ts';
import { maestroDeps, openMirrors } from '../runtime/fleet.ts';
import { openServices, type Services } from '../runtime/services.ts';
import { besideRunningUp, configOf, openContext, type CliContext } from './cli-context.ts';
import { stoppable } from './stoppable.ts';

/** Lends record, queues and memory to a command that changes something. */
export async function withServices(
  options: { json?: boolean },
  use: (
    services: Services,
    maestro: MaestroDeps,
    context: CliContext,
    signal: AbortSignal,
  ) => Promise<void>,
): Promise<void> {
  const context = openContext(options);
  const { log } = context;
  // The answer says what was done; a fleet's log says it of what nobody watches.
  if (log.level === 'info') log.level = 'warn';
  const env = await besideRunningUp(context.env);
  const config = await configOf(env);
  await stoppable(async (closer, signal) => {
    const services = await openServices({ env, config, log, workers: 0 });
    closer.add(() => services.close());
    await use(services, maestroDeps(services, openMirrors(services)), context, signal);
  });
}
