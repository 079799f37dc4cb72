import { randomBytes } from 'node:crypto';
import { inject } from 'vitest';

/** Whether the run has a redis-server. */
export function redisIsAvailable(): boolean {
  return inject('redisPath') !== null;
}

/**
 * Socket of the run's redis-server: connect with `{ path }`.
 *
 * @throws Error where there is none; suites that need it ask redisIsAvailable() first.
 */
export function testRedisPath(): string {
  const path = inject('redisPath');
  if (path === null) throw new Error('No redis-server: skip the suite unless redisIsAvailable().');
  return path;
}

/** A key prefix that nobody else uses, since all test files share one redis-server. */
export function testRedisPrefix(): string {
  return `test-${randomBytes(6).toString('hex')}`;
}
