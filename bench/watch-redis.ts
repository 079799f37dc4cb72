import { Redis } from 'ioredis';

export interface RedisCost {
  readonly commands: number;
  /** The longest that Redis did nothing else, in milliseconds. */
  readonly longestMs: number;
  readonly usedMegabytes: number;
}

/** Reads from a redis-server what it was asked to do since the last look. */
export async function watchRedis(path: string): Promise<{
  read(): Promise<RedisCost>;
  flush(): Promise<void>;
  close(): void;
}> {
  const redis = new Redis({ path });
  const numberOf = (info: string, name: string) =>
    Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1] ?? 0);
  const reset = async () => {
    await redis.config('RESETSTAT');
    await redis.call('LATENCY', 'RESET');
  };
  // Also of whole transactions, which the slow log leaves out.
  await redis.config('SET', 'latency-monitor-threshold', 1);
  await reset();
  return {
    async read() {
      const events = (await redis.call('LATENCY', 'LATEST')) as [string, number, number, number][];
      const commands = numberOf(await redis.info('stats'), 'total_commands_processed');
      const used = numberOf(await redis.info('memory'), 'used_memory');
      await reset();
      return {
        commands,
        longestMs: Math.max(0, ...events.map(([, , , longest]) => longest)),
        usedMegabytes: Math.round(used / 2 ** 20),
      };
    },
    async flush() {
      await redis.flushall();
    },
    close: () => redis.disconnect(),
  };
}
