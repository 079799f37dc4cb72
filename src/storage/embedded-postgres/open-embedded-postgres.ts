import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AuroraError, errorMessage } from '../../domain/errors.ts';
import { ensureCluster } from './cluster.ts';
import { clusterPlace, homeOf, type ClusterPlace } from './cluster-place.ts';
import { folderError } from '../local-server/folder-error.ts';
import { countLeases, returnLease, takeLease } from '../local-server/leases.ts';
import { nativeBinaries } from './native-binaries.ts';
import { disownStalePid, killPostmaster, livePostmaster, stopPostmaster } from './postmaster.ts';
import { ensureDatabase, serverUrl } from './server-connection.ts';
import { startServer } from './start-server.ts';
import { withTicketLock } from '../local-server/ticket-lock.ts';

/** Longest wait for another process that starts or stops the same server, in milliseconds. */
const lockTimeoutMs = 180_000;
/** How long a living server may leave us without an answer before it counts as hung. */
const answerTimeoutMs = 20_000;
/** The same for one that is still starting (after a crash it has a log to replay) or stopping. */
const transitionTimeoutMs = 90_000;

/** A use of the embedded server; the server runs as long as any process holds one. */
export interface EmbeddedPostgres {
  /** `postgres://` address of the database `aurora`, password included. */
  readonly url: string;
  /** Whether this call started the server; false when it joined one that ran already. */
  readonly owned: boolean;
  /** Process id of the server. */
  readonly pid: number;
  /** Gives the use back; the last one on the machine stops the server. Later calls do nothing. */
  close(): Promise<void>;
}

/**
 * Opens Aurora's own Postgres on a data folder: makes it on first use, starts it when it does not
 * run, and otherwise joins the one that runs, whether another process uses it or whoever started it
 * was killed.
 *
 * @param options.dataDir folder that holds `postgres/` (made when missing).
 * @param options.log told in one line about every step that takes time or changes something.
 * @throws AuroraError `embedded-postgres-missing`, `embedded-postgres-failed`,
 * `embedded-postgres-version`, `data-folder-unusable`, `disk-full`.
 */
export async function openEmbeddedPostgres(options: {
  dataDir: string;
  log?: (line: string) => void;
}): Promise<EmbeddedPostgres> {
  const { dataDir, log = () => undefined } = options;
  try {
    const home = await homeOf(dataDir);
    const leases = join(home, 'leases');
    return await exclusively(home, async () => {
      const lease = await takeLease(leases);
      try {
        const where = await clusterPlace(dataDir);
        const server = await joinOrStart(where, leases, log);
        return { ...server, close: closeOnce(where, lease, leases, log) };
      } catch (error) {
        await returnLease(lease);
        throw error;
      }
    });
  } catch (error) {
    throw folderError(dataDir, error);
  }
}

async function joinOrStart(
  where: ClusterPlace,
  leases: string,
  log: (line: string) => void,
): Promise<{ url: string; owned: boolean; pid: number }> {
  const binaries = await nativeBinaries(where.place, where.account);
  const password = await ensureCluster(where, binaries, log);
  const running = await healthyServer(where, password, leases, log);
  if (running) {
    log(`joined the embedded Postgres that runs as process ${running.pid}`);
    return { url: serverUrl(running.port, password), owned: false, pid: running.pid };
  }
  await disownStalePid(where.data);
  const started = await startServer(where, binaries.postgres);
  await ensureDatabase(started.port, password);
  log(`started the embedded Postgres as process ${started.pid} on port ${started.port}`);
  return { url: serverUrl(started.port, password), owned: true, pid: started.pid };
}

/** The running server, once it answers; undefined when none runs or a hung orphan had to be ended. */
async function healthyServer(
  { data }: ClusterPlace,
  password: string,
  leases: string,
  log: (line: string) => void,
): Promise<{ pid: number; port: number } | undefined> {
  const start = Date.now();
  let refusal: unknown;
  for (;;) {
    const server = await livePostmaster(data);
    if (!server) return undefined;
    if (server.status === 'ready') {
      try {
        await ensureDatabase(server.port, password);
        return server;
      } catch (error) {
        refusal = error;
      }
    }
    const patience = server.status === 'ready' ? answerTimeoutMs : transitionTimeoutMs;
    if (Date.now() - start > patience) {
      // Our own lease is one of them.
      if ((await countLeases(leases)) > 1) {
        throw new AuroraError(
          'embedded-postgres-failed',
          `The embedded Postgres (process ${server.pid}) serves other processes but does not answer ` +
            `us: ${errorMessage(refusal)}. Stop the other Aurora processes on ${data} and try again.`,
          { cause: refusal },
        );
      }
      log(`ended the embedded Postgres ${server.pid}, which did not answer any more`);
      await killPostmaster(server.pid, data);
      return undefined;
    }
    await sleep(25);
  }
}

function closeOnce(
  { home, data }: ClusterPlace,
  lease: string,
  leases: string,
  log: (line: string) => void,
): () => Promise<void> {
  let closing: Promise<void> | undefined;
  return () =>
    (closing ??= exclusively(home, async () => {
      await returnLease(lease);
      if ((await countLeases(leases)) > 0) return;
      await stopPostmaster(data);
      log('stopped the embedded Postgres');
    }));
}

function exclusively<T>(home: string, critical: () => Promise<T>): Promise<T> {
  return withTicketLock(join(home, 'tickets'), { timeoutMs: lockTimeoutMs }, critical);
}
