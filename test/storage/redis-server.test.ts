import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { processMark } from '../../src/storage/local-server/process-mark.ts';
import { startRedisServer, type RedisServer } from '../../src/storage/local-server/redis-server.ts';
import { holdServer } from '../support/hold-server.ts';
import { redisIsAvailable } from '../support/redis.ts';
import { tempDir } from '../support/temp-dir.ts';
import { waitFor } from '../support/wait-for.ts';

async function start(options: Parameters<typeof startRedisServer>[0]): Promise<RedisServer> {
  const server = await startRedisServer(options);
  onTestFinished(() => server.close());
  return server;
}

async function withRedis<T>(path: string, use: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis({ path });
  try {
    return await use(redis);
  } finally {
    redis.disconnect();
  }
}

async function isRunning(pid: number): Promise<boolean> {
  return (await processMark(pid)) !== undefined;
}

let dir: string;
beforeEach(async () => {
  dir = await tempDir();
});

describe.skipIf(!redisIsAvailable())('[redis] redis-server', () => {
  test('never evicts, keeps nothing by default, and is gone when closed', async () => {
    const first = await start({ dir });
    const policy = await withRedis(first.path, async (redis) => {
      await redis.set('key', 'value');
      return redis.config('GET', 'maxmemory-policy');
    });
    expect(policy).toEqual(['maxmemory-policy', 'noeviction']);
    await first.close();
    await first.close();
    expect(await isRunning(first.pid)).toBe(false);
    expect(await readdir(dir)).not.toContain('redis.sock');
    const second = await start({ dir });
    expect(await withRedis(second.path, (redis) => redis.get('key'))).toBeNull();
  });

  test('keeps its data with persistence', async () => {
    const first = await start({ dir, persistence: true });
    await withRedis(first.path, (redis) => redis.set('key', 'value'));
    await first.close();
    const second = await start({ dir, persistence: true });
    expect(await withRedis(second.path, (redis) => redis.get('key'))).toBe('value');
  });

  test('is shared between processes until the last one closes it', async () => {
    const other = holdServer<RedisServer>('redis', dir);
    const theirs = await other.opened;
    const ours = await start({ dir });
    expect(ours).toMatchObject({ path: theirs.path, pid: theirs.pid });
    await other.close();
    expect(await withRedis(ours.path, (redis) => redis.ping())).toBe('PONG');
    await ours.close();
    expect(await isRunning(ours.pid)).toBe(false);
  });

  test('is joined again when whoever started it was killed', async () => {
    const killed = holdServer<RedisServer>('redis', dir);
    const orphan = await killed.opened;
    await killed.kill();
    const server = await start({ dir });
    expect(server.pid).toBe(orphan.pid);
    await server.close();
    expect(await isRunning(orphan.pid)).toBe(false);
  });

  test('starts over the socket and the note that a killed one left', async () => {
    const killed = holdServer<RedisServer>('redis', dir);
    const dead = await killed.opened;
    await withRedis(dead.path, (redis) => redis.set('key', 'value'));
    await killed.kill();
    process.kill(dead.pid, 'SIGKILL');
    await waitFor(async () => !(await isRunning(dead.pid)));
    // The note's pid lives again, as somebody else.
    await writeFile(join(dir, 'redis.process'), `${process.pid}-000000000000`);
    const server = await start({ dir, persistence: true });
    expect(server.pid).not.toBe(dead.pid);
    expect(await withRedis(server.path, (redis) => redis.get('key'))).toBe('value');
  });

  test('works in a folder whose path is too long for a socket', async () => {
    const deep = join(dir, 'x'.repeat(80), 'y'.repeat(80));
    const server = await start({ dir: deep });
    expect(await withRedis(server.path, (redis) => redis.ping())).toBe('PONG');
    expect((await start({ dir: deep })).pid).toBe(server.pid);
  });

  test('shows its last words when it cannot start', async () => {
    await writeFile(join(dir, 'appendonlydir'), 'in the way');
    await expect(startRedisServer({ dir, persistence: true })).rejects.toMatchObject({
      code: 'redis-server-failed',
      message: expect.stringContaining('appendonlydir') as string,
    });
  });
});

test('a missing redis-server is named with the way to install it', async () => {
  vi.stubEnv('PATH', dir);
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
  await expect(startRedisServer({ dir })).rejects.toMatchObject({
    code: 'redis-server-missing',
    message: expect.stringContaining('apt-get install redis-server') as string,
  });
});
