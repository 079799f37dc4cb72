import { expect, test } from 'vitest';
import { runVerify } from '../../../src/agents/verify.ts';
import { tempDir } from '../../support/temp-dir.ts';

async function verify(command: readonly string[], signal = new AbortController().signal) {
  const env = { PATH: process.env['PATH'] ?? '', MY_TOKEN: 'hush-hush-123' };
  return runVerify({ command, directory: await tempDir(), env, signal, onOutput: () => {} });
}

test('green', async () => {
  expect(await verify(['echo', 'fine'])).toEqual({ ok: true, outputTail: 'fine\n' });
});

test.each([1, 75, 78])(
  'red with exit code %i: class verify, with its last output',
  async (code) => {
    expect(await verify(['sh', '-c', `echo "not ok $MY_TOKEN"; exit ${code}`])).toEqual({
      ok: false,
      failure: {
        class: 'verify',
        exitCode: code,
        message: expect.stringContaining(`exit code ${code}`),
        evidence: 'not ok ***\n',
      },
      outputTail: 'not ok ***\n',
    });
  },
);

test('a command that does not exist can never pass', async () => {
  expect(await verify(['no-such-check'])).toMatchObject({
    ok: false,
    failure: { class: 'permanent', message: expect.stringMatching(/verify.*`no-such-check`/) },
  });
});

test('stopped', async () => {
  expect(await verify(['sleep', '600'], AbortSignal.timeout(200))).toMatchObject({
    failure: { class: 'timeout' },
  });
});
