import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  openEmbeddedPostgres,
  type EmbeddedPostgres,
} from '../src/storage/embedded-postgres/open-embedded-postgres.ts';
import { startRedisServer, type RedisServer } from '../src/storage/local-server/redis-server.ts';
import { isAlive, processMark } from '../src/storage/local-server/process-mark.ts';
import { sendSignal, type Victim } from './victim.ts';

/** A Postgres of the harness's own, always on the same address. */
export async function openPostgres(dataDir: string): Promise<Victim & { readonly url: string }> {
  const open = () => openEmbeddedPostgres({ dataDir });
  const first = await open();
  return {
    ...serverVictim('postgres', first, open, (again) => {
      if (again.url === first.url) return;
      throw new Error('Another program took the port of the harness’s Postgres; run it again.');
    }),
    url: first.url,
  };
}

/** A redis-server of the harness's own, with the append-only file that outlives kill -9. */
export async function openRedis(dir: string): Promise<Victim & { readonly path: string }> {
  const open = () => startRedisServer({ dir, persistence: true });
  const first = await open();
  return { ...serverVictim('redis-server', first, open), path: first.path };
}

function serverVictim<T extends EmbeddedPostgres | RedisServer>(
  kind: 'postgres' | 'redis-server',
  first: T,
  open: () => Promise<T>,
  check: (again: T) => void = () => undefined,
): Victim {
  // Each opening is a use of the server; the last one that is given back stops it.
  const uses: T[] = [first];
  let { pid } = first;
  let runs = true;
  let frozen: number[] = [];
  return {
    kind,
    isServing: () => runs && frozen.length === 0,
    async kill() {
      if (!runs) return false;
      runs = false;
      const mark = await processMark(pid);
      const killed = sendSignal(pid, 'SIGKILL');
      // What was frozen with it has to notice that it is gone.
      for (const each of frozen) sendSignal(each, 'SIGCONT');
      frozen = [];
      while (mark !== undefined && (await isAlive(mark))) await sleep(5);
      return killed;
    },
    async restart() {
      if (runs) return;
      const again = await open();
      uses.push(again);
      check(again);
      ({ pid } = again);
      runs = true;
    },
    async freeze() {
      if (!runs || frozen.length > 0) return false;
      frozen = [pid, ...(await childrenOf(pid))];
      return frozen.map((each) => sendSignal(each, 'SIGSTOP')).includes(true);
    },
    async wake() {
      // Whoever was begun in between is not frozen, and is harmed by nothing.
      for (const each of frozen.splice(0)) sendSignal(each, 'SIGCONT');
    },
    async stop() {
      for (const use of uses.splice(0)) await use.close();
    },
  };
}

/** Postgres serves each connection by a process of its own. */
async function childrenOf(parent: number): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const children = await Promise.all(
    pids.map(async (pid) => {
      // It may end between the listing and the look.
      const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
      const [, owner] = status.slice(status.lastIndexOf(')') + 2).split(' ');
      return Number(owner) === parent ? Number(pid) : undefined;
    }),
  );
  return children.filter((pid) => pid !== undefined);
}
