import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import getPort, { clearLockedPorts } from 'get-port';
import type { ClusterPlace } from './cluster-place.ts';
import { killPostmaster, readPostmaster, type Postmaster } from './postmaster.ts';
import { serverFailure } from './server-failure.ts';
import { beginServerLog, readServerLog, serverLogPath } from './server-log.ts';
import { startProgram } from './start-program.ts';

/** Longest time for a start, in milliseconds: recovery after a crash may have much to replay. */
const startTimeoutMs = 60_000;
/** How long processes of a server that was killed may hold its port, in milliseconds. */
const portTimeoutMs = 5_000;

/**
 * Given on the command line rather than in postgresql.conf, so that an upgrade of Aurora changes them
 * for clusters that exist. Durability (fsync, synchronous_commit, full_page_writes) stays as
 * Postgres has it: on.
 */
const settings: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  // Paths of sockets may not exceed 107 bytes, and a data folder may lie deeper than that.
  unix_socket_directories: '',
  max_connections: '300',
  shared_buffers: '64MB',
  max_wal_size: '256MB',
  min_wal_size: '32MB',
  // No standby ever reads this log.
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_logical_replication_workers: '0',
  // Without helper processes: our data fits in memory.
  io_method: 'sync',
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_checkpoints: 'off',
};

/**
 * Starts the server of a cluster on a free port of 127.0.0.1, preferably on the one that it had
 * before, and waits until it takes connections. It does not end with this process. Call it under
 * the folder's lock and only when no server runs on the cluster.
 *
 * @throws AuroraError `embedded-postgres-failed` or `disk-full`, with the server's last log lines.
 */
export async function startServer(where: ClusterPlace, postgres: string): Promise<Postmaster> {
  const formerPort = (await readPostmaster(where.data))?.port;
  const deadline = Date.now() + startTimeoutMs;
  for (let preferred = formerPort; ; preferred = undefined) {
    const port = await freePort(preferred);
    const child = await launch(where, postgres, port);
    const started = await waitUntilReady(child, where, deadline);
    if (started !== 'failed') return started;
    const output = await readServerLog(where.home);
    if (Date.now() > deadline || !isPassing(output))
      throw serverFailure(`The embedded Postgres in ${where.place} did not become ready`, output);
    await sleep(100);
  }
}

/** The preferred port, if it becomes free: whoever was connected before can then come back. */
async function freePort(preferred: number | undefined): Promise<number> {
  const host = '127.0.0.1';
  if (preferred === undefined) return getPort({ host });
  for (const deadline = Date.now() + portTimeoutMs; ; await sleep(50)) {
    // It does not give out a port twice within half a minute, even if it is free again.
    clearLockedPorts();
    const port = await getPort({ host, port: preferred });
    if (port === preferred || Date.now() > deadline) return port;
  }
}

/** Somebody took the port between our look and the server's, or old backends are still ending. */
function isPassing(output: string): boolean {
  return /could not bind|pre-existing shared memory block/.test(output);
}

async function launch(
  { home, data, account }: ClusterPlace,
  postgres: string,
  port: number,
): Promise<ChildProcess> {
  const log = await beginServerLog(home);
  try {
    const options = Object.entries({ ...settings, port: String(port) });
    const child = await startProgram(
      postgres,
      ['-D', data, ...options.flatMap(([name, value]) => ['-c', `${name}=${value}`])],
      {
        ...account,
        cwd: '/',
        env: { LC_MESSAGES: 'C' },
        stdio: ['ignore', log.fd, log.fd],
        // A process group of its own: Ctrl-C on our terminal is ours to answer, in our order.
        detached: true,
      },
    );
    child.unref();
    return child;
  } finally {
    await log.close();
  }
}

async function waitUntilReady(
  child: ChildProcess,
  { home, data, place }: ClusterPlace,
  deadline: number,
): Promise<Postmaster | 'failed'> {
  for (;;) {
    if (child.exitCode !== null || child.signalCode !== null) return 'failed';
    const postmaster = await readPostmaster(data);
    if (postmaster?.pid === child.pid && postmaster?.status === 'ready') return postmaster;
    if (Date.now() > deadline) {
      if (child.pid !== undefined) await killPostmaster(child.pid, data);
      throw serverFailure(
        `The embedded Postgres in ${place} did not become ready within ` +
          `${startTimeoutMs / 1000} s (log: ${serverLogPath(home)})`,
        await readServerLog(home),
      );
    }
    await sleep(10);
  }
}
