import { AuroraError } from '../domain/errors.ts';
import type { ServiceState } from '../http/http-deps.ts';
import { createHttpServer } from '../http/http-server.ts';
import type { MaestroDeps } from '../maestro/maestro-deps.ts';
import { createDiscoveryNews } from '../queue/discovery-news.ts';
import { countJobs } from '../queue/job-counts.ts';
import { readFleetSecret } from '../storage/secret-store.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import { apiDeps } from './api-deps.ts';
import { attemptDoor } from './attempt-door.ts';
import type { Closer } from './closer.ts';
import type { Services } from './services.ts';

/**
 * Starts the web server.
 *
 * @returns its address
 * @throws AuroraError port-in-use
 */
export async function openWeb(
  services: Services,
  deps: MaestroDeps,
  closer: Closer,
): Promise<string> {
  const { env, database, queues, memory, log, notifier } = services;
  const metrics = createMetrics({
    db: database.db,
    countQueueJobs: () => countJobs(queues),
    onQueueError: (error) => log.warn({ err: error }, 'the queue could not be counted'),
  });
  const discoveries = createDiscoveryNews(queues.relay, log);
  const line = { database, memory, log, discoveries, notify: notifier.notify };
  const secret = await readFleetSecret(database.db, 'attempt-tokens');
  const app = await createHttpServer({
    ...apiDeps(services, deps),
    ...attemptDoor(line, secret),
    metrics,
    bullBoardQueues: queues.all(),
    checkReady: () => checkReady(services),
    subscribe(runId, listener) {
      const subscribed = notifier.subscribe(runId, listener);
      subscribed.catch((error: unknown) => log.warn({ err: error, runId }, 'no live news'));
      return () => void subscribed.then((unsubscribe) => unsubscribe()).catch(() => undefined);
    },
    token: env.token,
    host: env.host,
  });
  closer.add(() => app.close());
  try {
    return await app.listen({ host: env.host, port: env.port });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new AuroraError(
      'port-in-use',
      `Port ${env.port} on ${env.host} is taken: set PORT to another one (0 picks a free one).`,
      { cause: error },
    );
  }
}

async function checkReady({ database, queues }: Services): Promise<readonly ServiceState[]> {
  const ask = async (name: string, question: () => Promise<unknown>): Promise<ServiceState> => {
    try {
      await question();
      return { name, ok: true, detail: 'answers' };
    } catch (error) {
      return { name, ok: false, detail: error instanceof Error ? error.message : String(error) };
    }
  };
  return Promise.all([
    ask('postgres', () => database.pool.query('SELECT 1')),
    ask(`queue (${queues.kind})`, () => queues.requirements.getWaitingCount()),
  ]);
}
