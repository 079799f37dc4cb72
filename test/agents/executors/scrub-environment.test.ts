import { expect, test } from 'vitest';
import { scrubEnvironment } from '../../../src/agents/executors/scrub-environment.ts';
import { secretValues } from '../../../src/agents/executors/secret-values.ts';

test('passes the basics and what is named, nothing else', () => {
  const source = {
    PATH: '/bin',
    HOME: '/home/ada',
    LC_CTYPE: 'C.UTF-8',
    https_proxy: 'http://proxy',
    NO_PROXY: 'localhost',
    DATABASE_URL: 'postgres://x',
    REDIS_URL: 'redis://x',
    NODE_OPTIONS: '--inspect',
    NODE_ENV: 'production',
    npm_config_cache: '/x',
    AURORA_TOKEN: 'x',
    MODEL_API_KEY: 'k',
    UNSET: undefined,
  };
  expect(scrubEnvironment(source, ['MODEL_API_KEY', 'UNSET', 'NEVER_SET'])).toEqual({
    PATH: '/bin',
    HOME: '/home/ada',
    LC_CTYPE: 'C.UTF-8',
    https_proxy: 'http://proxy',
    NO_PROXY: 'localhost',
    MODEL_API_KEY: 'k',
  });
});

test('knows which values are secret by their names', () => {
  const env = {
    MODEL_API_KEY: 'key-value',
    AURORA_TOKEN: 'a-longer-token-value',
    DB_PASSWORD: 'password1',
    DATABASE_URL: 'postgres://u:p@h/d',
    SHORT_TOKEN: 'abc',
    PATH: '/usr/bin:/bin',
    KEYBOARD: 'us-international',
    AUTHOR: 'Ada Lovelace',
  };
  expect(secretValues(env)).toEqual([
    'a-longer-token-value',
    'postgres://u:p@h/d',
    'key-value',
    'password1',
  ]);
});
