import { expect, test } from 'vitest';
import { isLoopback, readEnvironment } from '../../src/config/environment.ts';
import type { AuroraError } from '../../src/domain/errors.ts';

function refusal(source: Record<string, string>): AuroraError {
  try {
    readEnvironment(source);
  } catch (error) {
    return error as AuroraError;
  }
  throw new Error('It was accepted.');
}

test('an empty environment has working defaults, and empty variables count as unset', () => {
  const env = readEnvironment({ DATABASE_URL: '', PORT: '', AURORA_DATA_DIR: 'here' });
  expect(env).toMatchObject({
    databaseUrl: undefined,
    redisUrl: undefined,
    host: '127.0.0.1',
    port: 4700,
    logLevel: 'info',
    shutdownGrace: 20_000,
    variables: { AURORA_DATA_DIR: 'here' },
  });
  expect(env.dataDir).toMatch(/^\/.*\/here$/);
});

test('every problem is reported at once, in words', () => {
  const error = refusal({
    DATABASE_URL: 'mysql://root:hunter2secret@db/x',
    REDIS_URL: 'localhost:6379',
    PORT: '99999',
    HOST: '0.0.0.0',
    LOG_LEVEL: 'loud',
    AURORA_URL: 'ftp://x',
    AURORA_SHUTDOWN_GRACE: 'soon',
  });
  expect(error.code).toBe('config-invalid');
  expect(error.problems.map((problem) => problem.path).sort()).toEqual([
    'AURORA_SHUTDOWN_GRACE',
    'AURORA_URL',
    'DATABASE_URL',
    'HOST',
    'LOG_LEVEL',
    'PORT',
    'REDIS_URL',
  ]);
  for (const { path, message } of error.problems) {
    expect(error.message).toContain(`${path} ${message}`);
    expect(message).toMatch(/^(must be|is) /);
  }
  expect(error.message).not.toContain('hunter2secret');
});

test.each(['0.0.0.0', '::', '192.168.1.5', 'example.com'])('HOST %s needs a token', (HOST) => {
  expect(refusal({ HOST }).message).toContain('AURORA_TOKEN');
  expect(refusal({ HOST, AURORA_TOKEN: 'short' }).message).toContain('at least 16 characters');
  expect(readEnvironment({ HOST, AURORA_TOKEN: 'x'.repeat(16) }).host).toBe(HOST);
});

test.each([
  ['127.0.0.1', true],
  ['127.8.8.8', true],
  ['::1', true],
  ['localhost', true],
  ['127.0.0.1.example.com', false],
  ['0.0.0.0', false],
])('%s is loopback: %s', (host, expected) => {
  expect(isLoopback(host)).toBe(expected);
});

test('durations are read as people write them', () => {
  expect(readEnvironment({ AURORA_SHUTDOWN_GRACE: '5s' }).shutdownGrace).toBe(5_000);
});
