import { describe } from 'vitest';
import { redisIsAvailable, testRedisPath } from './redis.ts';

/** Where a suite shall put queues and short-term memory. Postgres is there for the record in both. */
export type TestBackend =
  { readonly kind: 'postgres' } | { readonly kind: 'redis'; readonly redisPath: string };

/** Runs one suite on every backend that Aurora supports. */
export function describeEachBackend(name: string, suite: (backend: TestBackend) => void): void {
  describe(`${name} [postgres]`, () => {
    suite({ kind: 'postgres' });
  });
  if (redisIsAvailable()) {
    describe(`${name} [redis]`, () => {
      suite({ kind: 'redis', redisPath: testRedisPath() });
    });
  } else {
    describe.skip(`${name} [redis]: NOT RUN, redis-server is not installed`, () => {
      // Its tests are still listed, as skipped; nothing connects.
      suite({ kind: 'redis', redisPath: '' });
    });
  }
}
