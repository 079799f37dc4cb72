import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { createLogger } from '../../src/telemetry/logger.ts';

function logged(isTerminal: boolean, write: (log: ReturnType<typeof createLogger>) => void) {
  const lines = new PassThrough();
  write(createLogger({ logLevel: 'info', isTerminal }, lines));
  return String(lines.read() ?? '');
}

it('writes a JSON object per line, with what the line is about', () => {
  const text = logged(false, (log) => {
    const about = { runId: 'run_1', taskId: 'api', attempt: 2, epoch: 7 };
    log.child(about).info({ ms: 3 }, 'done');
  });
  expect(JSON.parse(text)).toMatchObject({
    level: 'info',
    runId: 'run_1',
    taskId: 'api',
    attempt: 2,
    epoch: 7,
    ms: 3,
    msg: 'done',
  });
});

it('keeps to the level', () => {
  expect(logged(false, (log) => log.debug('detail'))).toBe('');
});

it.each([true, false])('shows no secret (terminal: %s)', (isTerminal) => {
  const secret = 'hunter2hunter2';
  const text = logged(isTerminal, (log) => {
    log.info({ token: secret, env: { password: secret, mem0: { apiKey: secret } } }, 'fields');
    log.info(
      { req: { headers: { authorization: `Bearer ${secret}`, cookie: secret } } },
      'headers',
    );
    log.warn({ err: new Error(`no answer from postgres://me:${secret}@db:5432/x`) }, 'error');
    log.warn(`redis://:${secret}@cache:6379 sent "Authorization: Bearer ${secret}"`);
    log.warn({ url: `rediss://user:p@ss${secret}@cache:6379` }, 'at sign in the password');
  });
  expect(text).toContain('db:5432');
  expect(text).toContain('cache:6379');
  expect(text).not.toContain(secret);
});

it("keeps to an error's own words, code and causes", () => {
  const error = Object.assign(new Error('gone', { cause: new Error('reset') }), {
    ...{ code: '57P01', client: { ssl: 'large' } },
  });
  const { err } = JSON.parse(logged(false, (log) => log.warn({ err: error }, 'lost')));
  expect(err).toEqual({
    type: 'Error',
    message: 'gone: reset',
    stack: expect.stringContaining('caused by: Error: reset'),
    code: '57P01',
  });
});

it('is readable on a terminal', () => {
  const text = logged(true, (log) => log.info('hello'));
  expect(text).toContain('hello');
  expect(text).not.toContain('{');
});
