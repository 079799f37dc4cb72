import { existsSync } from 'node:fs';
import { chmod, mkdir, readdir, realpath, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stopPostmaster } from '../../src/storage/embedded-postgres/postmaster.ts';
import { isAlive, processMark } from '../../src/storage/local-server/process-mark.ts';
import { withTicketLock } from '../../src/storage/local-server/ticket-lock.ts';
import { startRedisServer } from '../../src/storage/local-server/redis-server.ts';

const prefix = 'aurora-test-run-';

/** Makes the folder that one test run keeps its servers in; it is named after the run's process. */
export async function makeRunFolder(): Promise<string> {
  const parent = await realpath(tmpdir());
  const folder = join(parent, `${prefix}${await processMark(process.pid)}`);
  await mkdir(folder);
  // As root the server runs as another user, who has to walk through here, whatever the umask.
  await chmod(folder, 0o755);
  return folder;
}

/** Stops the servers of runs of this user that were killed, and removes their folders. */
export async function sweepDeadRuns(): Promise<void> {
  const parent = await realpath(tmpdir());
  const lock = join(parent, `aurora-test-sweep-${process.getuid?.()}`);
  await withTicketLock(lock, { timeoutMs: 60_000 }, async () => {
    for (const name of await readdir(parent)) {
      if (!name.startsWith(prefix) || (await isAlive(name.slice(prefix.length)))) continue;
      const folder = join(parent, name);
      if ((await stat(folder)).uid === process.getuid?.()) await sweep(folder);
    }
  });
}

async function sweep(folder: string): Promise<void> {
  await stopPostmaster(join(folder, 'postgres', 'cluster', 'data'));
  const redis = join(folder, 'redis');
  if (existsSync(redis)) await (await startRedisServer({ dir: redis })).close();
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
}
