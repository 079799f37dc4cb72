import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, lstat, mkdir, realpath, rm, rmdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { AuroraError } from '../../domain/errors.ts';
import { folderError } from './folder-error.ts';
import { countLeases, returnLease, takeLease } from './leases.ts';
import { isAlive, pidOfMark, processMark } from './process-mark.ts';
import { readIfThere } from './read-if-there.ts';
import { withTicketLock } from './ticket-lock.ts';

/** Loading a long append-only file takes a while, all the rest milliseconds. */
const startTimeoutMs = 60_000;
/** How long a living server may leave us without an answer before it counts as hung. */
const answerTimeoutMs = 20_000;
const stopTimeoutMs = 15_000;
/** Longest path of a unix socket that every system takes (macOS: 103 bytes). */
const longestSocketPath = 100;

/** A use of a redis-server of ours; the server runs as long as any process holds one. */
export interface RedisServer {
  /** Path of its unix socket: connect with `{ path }`. */
  readonly path: string;
  /** Process id of the server. */
  readonly pid: number;
  /** Gives the use back; the last one on the machine stops the server. Later calls do nothing. */
  close(): Promise<void>;
}

interface Folder {
  readonly dir: string;
  readonly socket: string;
}

/**
 * Opens a `redis-server` from the PATH on a folder: starts it on a unix socket that only this user can
 * reach, or joins the one that runs there already, even if whoever started it was killed.
 *
 * @param options.dir folder for its socket, log and data (made when missing).
 * @param options.persistence keep the data in an append-only file; otherwise it ends with the server.
 * @throws AuroraError `redis-server-missing`, `redis-server-failed`, `data-folder-unusable`,
 * `disk-full`.
 */
export async function startRedisServer(options: {
  dir: string;
  persistence?: boolean;
}): Promise<RedisServer> {
  try {
    await mkdir(options.dir, { recursive: true });
    const dir = await realpath(options.dir);
    const folder = { dir, socket: await socketFor(dir) };
    return await exclusively(folder, async () => {
      const lease = await takeLease(leasesOf(folder));
      try {
        const pid = (await runningServer(folder)) ?? (await launch(folder, options.persistence));
        return { path: folder.socket, pid, close: closeOnce(folder, lease) };
      } catch (error) {
        await returnLease(lease);
        throw error;
      }
    });
  } catch (error) {
    throw folderError(options.dir, error);
  }
}

/** A folder of ours with a short name stands in when the path would be too long for a socket. */
async function socketFor(dir: string): Promise<string> {
  const socket = join(dir, 'redis.sock');
  if (Buffer.byteLength(socket) <= longestSocketPath) return socket;
  const digest = createHash('sha256').update(dir).digest('hex').slice(0, 16);
  const shortDir = join(tmpdir(), `aurora-redis-${digest}`);
  await mkdir(shortDir, { recursive: true, mode: 0o700 });
  const found = await lstat(shortDir);
  if (!found.isDirectory() || found.uid !== (process.getuid?.() ?? found.uid)) {
    throw new AuroraError(
      'data-folder-unusable',
      `${shortDir}, the folder for the socket of ${dir}, is not a folder of this user. Remove it, or set ` +
        'AURORA_DATA_DIR to a shorter path.',
    );
  }
  await chmod(shortDir, 0o700);
  return join(shortDir, 'redis.sock');
}

/**
 * The server that answers on the folder's socket. An orphan that lives but does not answer is ended;
 * one that other processes use is left to them.
 */
async function runningServer(folder: Folder): Promise<number | undefined> {
  const deadline = Date.now() + answerTimeoutMs;
  for (;;) {
    const pid = await pidOfAnswer(folder.socket);
    if (pid !== undefined) return pid;
    const mark = await readIfThere(markFile(folder));
    if (mark === undefined || !(await isAlive(mark))) break;
    if (Date.now() > deadline) {
      // Our own lease is one of them.
      if ((await countLeases(leasesOf(folder))) > 1) {
        throw new AuroraError(
          'redis-server-failed',
          `The redis-server in ${folder.dir} (process ${pidOfMark(mark)}) serves other processes but ` +
            'does not answer us. Stop the other Aurora processes on that folder and try again.',
        );
      }
      await end(mark, 'SIGKILL');
      break;
    }
    await sleep(25);
  }
  await rm(folder.socket, { force: true });
  return undefined;
}

async function launch(folder: Folder, persistence = false): Promise<number> {
  await rm(logOf(folder), { force: true });
  const child = spawn(
    'redis-server',
    [
      ...['--port', '0', '--unixsocket', folder.socket, '--unixsocketperm', '700'],
      ...['--dir', folder.dir, '--logfile', logOf(folder), '--daemonize', 'no'],
      ...['--save', '', '--appendonly', persistence ? 'yes' : 'no'],
      // BullMQ's keys must never be evicted.
      ...['--maxmemory-policy', 'noeviction'],
    ],
    // A process group of its own: Ctrl-C on our terminal is ours to answer, in our order.
    { cwd: folder.dir, stdio: 'ignore', detached: true },
  );
  const pid = await spawned(child);
  child.unref();
  const mark = await processMark(pid);
  if (mark !== undefined) await writeFile(markFile(folder), mark, { mode: 0o600 });
  const deadline = Date.now() + startTimeoutMs;
  while ((await pidOfAnswer(folder.socket)) !== pid) {
    const ended = child.exitCode !== null || child.signalCode !== null;
    if (ended || Date.now() > deadline) {
      if (mark !== undefined) await end(mark, 'SIGKILL');
      throw new AuroraError(
        'redis-server-failed',
        `redis-server ${ended ? 'ended at once' : 'did not become ready'} in ${folder.dir}. ` +
          `Its last words:\n${await lastWords(folder)}`,
      );
    }
    await sleep(10);
  }
  return pid;
}

function spawned(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('spawn', () => {
      resolve(child.pid ?? Number.NaN);
    });
    child.once('error', (cause: NodeJS.ErrnoException) => {
      const sentence =
        cause.code === 'ENOENT'
          ? 'No redis-server is on the PATH. Install it (Debian and Ubuntu: apt-get install ' +
            'redis-server; macOS: brew install redis), or go without it: Aurora then queues in Postgres.'
          : `redis-server could not be started: ${cause.message}. Check the one on the PATH.`;
      const code = cause.code === 'ENOENT' ? 'redis-server-missing' : 'redis-server-failed';
      reject(new AuroraError(code, sentence, { cause }));
    });
  });
}

/** Asks the server on a socket for its pid; undefined when nothing there answers (yet). */
async function pidOfAnswer(socket: string): Promise<number | undefined> {
  const redis = new Redis({
    path: socket,
    lazyConnect: true,
    connectTimeout: 2_000,
    commandTimeout: 2_000,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
    enableReadyCheck: false,
  });
  // ioredis prints what nobody listens to; connect() rejects with the same error.
  redis.on('error', () => undefined);
  try {
    await redis.connect();
    // Refused with LOADING as long as it reads its data.
    await redis.ping();
    return Number(/^process_id:(\d+)/m.exec(await redis.info('server'))?.[1]);
  } catch {
    // "Does not answer" is this function's answer; the callers tell a dead server from a slow one.
    return undefined;
  } finally {
    redis.disconnect();
  }
}

function closeOnce(folder: Folder, lease: string): () => Promise<void> {
  let closing: Promise<void> | undefined;
  return () =>
    (closing ??= exclusively(folder, async () => {
      await returnLease(lease);
      if ((await countLeases(leasesOf(folder))) > 0) return;
      const pid = await pidOfAnswer(folder.socket);
      const mark = pid === undefined ? await readIfThere(markFile(folder)) : await processMark(pid);
      if (mark !== undefined && !(await end(mark, 'SIGTERM'))) await end(mark, 'SIGKILL');
      await rm(folder.socket, { force: true });
      if (dirname(folder.socket) !== folder.dir) await rmdir(dirname(folder.socket));
      await rm(markFile(folder), { force: true });
    }));
}

/** @returns whether the process is gone; true as well when it was not there. */
async function end(mark: string, signal: NodeJS.Signals): Promise<boolean> {
  const pid = pidOfMark(mark);
  if (pid === undefined || !(await isAlive(mark))) return true;
  process.kill(pid, signal);
  const deadline = Date.now() + stopTimeoutMs;
  while (await isAlive(mark)) {
    if (Date.now() > deadline) return false;
    await sleep(10);
  }
  return true;
}

async function lastWords(folder: Folder): Promise<string> {
  const log = (await readIfThere(logOf(folder))) ?? '';
  return log.trim().split('\n').slice(-12).join('\n') || '(none)';
}

const leasesOf = (folder: Folder): string => join(folder.dir, 'leases');
const logOf = (folder: Folder): string => join(folder.dir, 'redis.log');
const markFile = (folder: Folder): string => join(folder.dir, 'redis.process');

function exclusively<T>({ dir }: Folder, critical: () => Promise<T>): Promise<T> {
  return withTicketLock(join(dir, 'tickets'), { timeoutMs: 180_000 }, critical);
}
