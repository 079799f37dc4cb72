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
  // Without redis-server its tests are listed as skipped, and nothing connects; in CI the run's set-up
  // fails before it comes to that.
  const available = redisIsAvailable();
  const label = available ? '[redis]' : '[redis]: NOT RUN, redis-server is not installed';
  describe.skipIf(!available)(`${name} ${label}`, () => {
    suite({ kind: 'redis', redisPath: available ? testRedisPath() : '' });
  });
}
