import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdir, rm, utimes } from 'node:fs/promises';
import path from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { openSetupCache, sweepSetups } from '../../../src/agents/setup/setup-cache.ts';
import { setUpWorktree } from '../../../src/agents/setup/set-up-worktree.ts';
import type { Setup } from '../../../src/domain/project-settings.ts';
import { makeRepository } from '../../support/repository.ts';
import { tempDir } from '../../support/temp-dir.ts';

let folder: string;
let root: string;
let runs: string;
beforeEach(async () => {
  folder = await tempDir();
  root = path.join(folder, 'setups');
  runs = path.join(folder, 'runs');
  writeFileSync(runs, '');
});

/** Makes what a package manager makes, in two places, and notes that it ran. */
const install = `
  const fs = require('fs');
  fs.appendFileSync(process.env.RUNS, 'x');
  for (const at of ['node_modules/.bin', 'packages/a/node_modules']) fs.mkdirSync(at, { recursive: true });
  fs.writeFileSync('node_modules/one.js', fs.readFileSync('package-lock.json'));
  fs.symlinkSync('../one.js', 'node_modules/.bin/one');
  fs.writeFileSync('packages/a/node_modules/two.js', 'two');`;
const setup: Setup = { command: [process.execPath, '-e', install], files: undefined };

let made = 0;
const checkout = (lock = '1') =>
  makeRepository(path.join(folder, `checkout-${made++}`), {
    '.gitignore': 'node_modules\n',
    'package-lock.json': lock,
    'packages/a/index.js': 'a',
  });

function setUp(directory: string, changes: { setup?: Setup; mayKeep?: boolean } = {}) {
  return setUpWorktree({
    ...{ setup, mayKeep: true, cache: openSetupCache(root), directory },
    attempt: { runId: `run${process.pid}`, taskId: path.basename(directory), epoch: 1 },
    reach: {
      env: { PATH: process.env['PATH'] ?? '', RUNS: runs },
      confinement: {
        ...{ sandbox: undefined, maxMemory: undefined, mirrorDirectory: undefined },
        ...{ home: '/', dataDirectory: folder, configDirectory: folder, client: {} },
      },
    },
    environment: process.env,
    signal: new AbortController().signal,
    onOutput: () => undefined,
    ...changes,
  });
}
const ran = () => readFileSync(runs, 'utf8').length;
const read = (directory: string, name: string) => readFileSync(path.join(directory, name), 'utf8');

test('made once, for all with the same lock files, who cannot change what others have', async () => {
  const [one, two, three] = [checkout(), checkout(), checkout('2')];
  expect(await setUp(one)).toBeNull();
  writeFileSync(path.join(one, 'node_modules/one.js'), 'patched in place');
  expect(await setUp(two)).toBeNull();
  expect(ran()).toBe(1);
  expect(read(two, 'node_modules/.bin/one')).toBe('1');
  expect(read(two, 'packages/a/node_modules/two.js')).toBe('two');
  expect(read(two, 'packages/a/index.js')).toBe('a');
  writeFileSync(path.join(two, 'node_modules/one.js'), 'patched as well');
  expect(await setUp(three)).toBeNull();
  expect([ran(), read(three, 'node_modules/one.js')]).toEqual([2, '2']);
  const four = checkout();
  await setUp(four);
  expect([ran(), read(four, 'node_modules/one.js')]).toEqual([2, '1']);
});

test('several at once wait for the first', async () => {
  const all = [checkout(), checkout(), checkout()];
  expect(await Promise.all(all.map((each) => setUp(each)))).toEqual([null, null, null]);
  expect(ran()).toBe(1);
  expect(all.map((each) => read(each, 'node_modules/one.js'))).toEqual(['1', '1', '1']);
});

test('what the files say that were named, and work that is not merged serves nobody else', async () => {
  const named: Setup = { ...setup, files: ['.gitignore', 'not/there'] };
  await setUp(checkout(), { setup: named });
  await setUp(checkout('2'), { setup: named });
  expect(ran()).toBe(1);
  await setUp(checkout(), { mayKeep: false });
  await setUp(checkout(), { mayKeep: false });
  expect(ran()).toBe(3);
  expect(readdirSync(root)).toHaveLength(1);
});

test('a command that fails is told with what it said, and leaves nothing', async () => {
  const broken: Setup = { command: ['sh', '-c', 'echo no network; exit 4'], files: undefined };
  expect(await setUp(checkout(), { setup: broken })).toMatchObject({
    class: 'error',
    exitCode: 4,
    message: expect.stringMatching(/set-up command `sh -c .*` failed: .*exit code 4/),
    evidence: 'no network\n',
  });
  expect(existsSync(root)).toBe(false);
});

test('two processes that made the same both go on, and half-made things are swept', async () => {
  const directory = checkout();
  await setUp(directory);
  await rm(root, { recursive: true });
  const cache = openSetupCache(root);
  const both = [1, 2].map(() => cache.keep('key', directory, ['node_modules/']));
  await Promise.all(both);
  expect(readdirSync(root)).toEqual(['key']);
  const dead = spawn('true');
  await new Promise((resolve) => dead.once('exit', resolve));
  for (const name of [`a.making-${dead.pid}-x`, `b.making-${process.pid}-x`, 'unused']) {
    await mkdir(path.join(root, name));
  }
  const longAgo = new Date(Date.now() - 15 * 24 * 60 * 60_000);
  await utimes(path.join(root, 'unused'), longAgo, longAgo);
  await utimes(path.join(root, 'key'), longAgo, longAgo);
  expect(await cache.take('key', checkout())).toBe(true);
  await sweepSetups(root);
  expect(readdirSync(root).sort()).toEqual([`b.making-${process.pid}-x`, 'key']);
});
