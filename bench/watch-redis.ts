import { Redis } from 'ioredis';

export interface RedisCost {
  readonly commands: number;
  /** The longest that Redis did nothing else, in milliseconds; transactions count as a whole. */
  readonly longestMs: number;
  /** The slowest single command, with its time; of those that took 10 ms or more. */
  readonly slowest: string;
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
    await redis.call('SLOWLOG', 'RESET');
  };
  await redis.config('SET', 'slowlog-log-slower-than', 10_000);
  await redis.config('SET', 'slowlog-max-len', 1_000);
  // Also of whole transactions, which the slow log leaves out.
  await redis.config('SET', 'latency-monitor-threshold', 1);
  await reset();
  return {
    async read() {
      const events = (await redis.call('LATENCY', 'LATEST')) as [string, number, number, number][];
      const slow = (await redis.call('SLOWLOG', 'GET', 1_000)) as [
        number,
        number,
        number,
        string[],
      ][];
      const [worst] = slow.sort(([, , one], [, , other]) => other - one);
      const commands = numberOf(await redis.info('stats'), 'total_commands_processed');
      const used = numberOf(await redis.info('memory'), 'used_memory');
      await reset();
      return {
        commands,
        longestMs: Math.max(0, ...events.map(([, , , longest]) => longest)),
        slowest:
          worst === undefined
            ? 'none'
            : `${worst[3].slice(0, 4).join(' ').slice(0, 120)}: ${Math.round(worst[2] / 1_000)} ms`,
        usedMegabytes: Math.round(used / 2 ** 20),
      };
    },
    async flush() {
      await redis.flushall();
    },
    close: () => redis.disconnect(),
  };
}
