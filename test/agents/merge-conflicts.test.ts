import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { planRun } from '../../src/maestro/plan-run.ts';
import { submitRun } from '../../src/maestro/submit-run.ts';
import { prepareOutcome, type Fence } from '../../src/storage/attempt-store.ts';
import { listChecks } from '../../src/storage/check-store.ts';
import type { ClaimedTask } from '../../src/storage/claim-store.ts';
import { countMergeConflicts, listMergeConflicts } from '../../src/storage/merge-conflict-store.ts';
import { commitWork } from '../e2e/dead-worker.ts';
import { openAttemptStage } from './attempt-stage.ts';
import { git, makeRepository } from '../support/repository.ts';

// Dozens of git processes each, where many tests share few cores.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

describe('work that meets what others merged meanwhile', () => {
  let stage: Awaited<ReturnType<typeof openAttemptStage>>;
  beforeAll(async () => {
    stage = await openAttemptStage();
  });
  afterAll(() => stage.fleet.close());

  const repository = (name: string, files: Record<string, string>) =>
    makeRepository(path.join(stage.folder, 'repositories', name), files);

  /** Two tasks that start from one commit; `one` is merged, and how `two` ends is told. */
  const race = async (
    origin: string,
    one: Record<string, string>,
    two: Record<string, string>,
    verify?: readonly string[],
  ) => {
    const task = { title: 'It', role: 'backend', ...(verify === undefined ? {} : { verify }) };
    const tasks = ['one', 'two'].map((id) => ({ id, ...task }));
    const plan = { version: 1, title: 'Race', tasks };
    const { run } = await submitRun(stage.fleet.maestro, { plan, repository: origin });
    await planRun(stage.fleet.maestro, run.id);
    const work: { claimed: ClaimedTask; fence: Fence }[] = [];
    for (const [id, files] of [['one', one] as const, ['two', two] as const]) {
      const { claimed, fence } = await stage.claim(run.id, id);
      const workCommit = await commitWork(stage.workspaces(), claimed, fence, (directory) => {
        for (const [name, content] of Object.entries(files)) {
          writeFileSync(path.join(directory, name), content);
        }
      });
      await prepareOutcome(stage.db, fence, { workCommit, summary: 'did it', result: null });
      work.push(await stage.claim(run.id, id));
    }
    const [first, second] = work as [(typeof work)[0], (typeof work)[0]];
    expect((await stage.perform(first.claimed, first.fence)).kind).toBe('done');
    const outcome = await stage.perform(second.claimed, second.fence);
    const show = (file: string) => git(origin, 'show', `aurora/${run.id}:${file}`);
    return { outcome, run, show, conflicts: await listMergeConflicts(stage.db, run.id) };
  };

  test('is merged where that is sure, and the record tells by whom', async () => {
    const origin = repository('sure', { a: 'x = 1\ny = 1\n' });
    const { outcome, show, conflicts } = await race(
      origin,
      { a: 'x = 2\ny = 1\n' },
      { a: 'x = 1\ny = 2\n' },
    );
    expect(outcome.kind).toBe('done');
    expect(show('a')).toBe('x = 2\ny = 2');
    expect(conflicts).toMatchObject([
      { taskId: 'two', path: 'a', line: 1, resolver: 'tokens', resolved: true, verified: null },
    ]);
  });

  test('fails as a conflict where it is not, with what was tried', async () => {
    const origin = repository('left', { a: 'x = 1\n' });
    const { outcome, show, conflicts } = await race(origin, { a: 'x = 2\n' }, { a: 'x = 3\n' });
    expect(outcome).toMatchObject({
      kind: 'failed',
      failure: { class: 'conflict', evidence: expect.stringContaining('a:1: left') },
    });
    expect(show('a')).toBe('x = 2');
    expect(conflicts).toMatchObject([{ resolved: false }]);
  });

  test('a guess stands when the check passes on it, and is remembered on any machine', async () => {
    const files = { b: 'start\n', 'check.sh': 'grep -q start b && test "$(wc -l < b)" -ge 2\n' };
    const origin = repository('guess', files);
    const [one, two] = [{ b: 'start\none\n' }, { b: 'start\ntwo\n' }];
    const guessed = await race(origin, one, two, ['sh', 'check.sh']);
    expect(guessed.outcome.kind).toBe('done');
    expect(guessed.show('b')).toBe('start\none\ntwo');
    expect(guessed.conflicts).toMatchObject([
      { resolver: 'concatenation', resolved: true, verified: true },
    ]);
    const again = await race(origin, one, two);
    expect(again.outcome.kind).toBe('done');
    expect(again.conflicts).toMatchObject([{ resolver: 'memory', resolved: true, verified: null }]);
    expect(await countMergeConflicts(stage.db)).toContainEqual({
      resolver: 'memory',
      resolved: true,
      count: 1,
    });
  });

  test('a guess that the check turns red is no merge', async () => {
    const files = { c: 'start\n', 'check.sh': 'test "$(wc -l < c)" -le 2\n' };
    const { outcome, show } = await race(
      repository('red-guess', files),
      { c: 'start\none\n' },
      { c: 'start\ntwo\n' },
      ['sh', 'check.sh'],
    );
    expect(outcome).toMatchObject({ kind: 'failed', failure: { class: 'conflict' } });
    expect(show('c')).toBe('start\none');
  });

  test('a clean merge that turns the check red is not published', async () => {
    const origin = repository('semantic', { 'check.sh': 'test ! -e d || test ! -e e\n' });
    const { outcome } = await race(origin, { d: '1\n' }, { e: '1\n' }, ['sh', 'check.sh']);
    expect(outcome).toMatchObject({
      kind: 'failed',
      failure: { class: 'verify', message: expect.stringContaining('once that is merged') },
    });
    expect(git(origin, 'branch', '--list', 'aurora/*')).not.toBe('');
  });

  test('a check that needs what the executor left lying about is not held against the merge', async () => {
    const origin = repository('leftovers', {
      'check.sh': 'test -e built\n',
      '.gitignore': 'built\n',
    });
    const { outcome, show } = await race(origin, { f: '1\n' }, { g: '1\n' }, ['sh', 'check.sh']);
    expect(outcome.kind).toBe('done');
    expect(show('g')).toBe('1');
  });

  test('a check that cannot be made is neither red nor green, and nothing is merged', async () => {
    const origin = repository('unchecked', { a: '1\n' });
    const { outcome, run } = await race(origin, { h: '1\n' }, { i: '1\n' }, ['no-such-program']);
    expect(outcome).toMatchObject({
      kind: 'failed',
      failure: {
        class: 'permanent',
        message: expect.stringContaining('check of the merge could not be made'),
      },
    });
    expect(await listChecks(stage.db, run.id)).toEqual([]);
    expect(git(origin, 'ls-tree', '--name-only', `aurora/${run.id}`)).not.toContain('i');
  });

  /** A package that depends on folders of its own, and its lock file. */
  const packageOf = (...names: string[]) => {
    const dependencies = Object.fromEntries(names.map((name) => [name, `file:${name}`]));
    const packages = Object.fromEntries(
      names.flatMap((name) => [
        [name, { version: '1.0.0' }],
        [`node_modules/${name}`, { resolved: name, link: true }],
      ]),
    );
    const text = (value: object) => `${JSON.stringify(value, null, 2)}\n`;
    const about = { name: 'notes', version: '1.0.0' };
    return {
      'package.json': text({ ...about, dependencies }),
      'package-lock.json': text({
        ...{ ...about, lockfileVersion: 3, requires: true },
        packages: { '': { ...about, dependencies }, ...packages },
      }),
    };
  };
  const manifest = (name: string) => ({
    [`${name}/package.json`]: `{ "name": "${name}", "version": "1.0.0" }\n`,
  });

  test('a lock file is made anew by its package manager', async () => {
    const used = ['axle', 'base', 'core'];
    const names = [...used, 'left', 'right'];
    const parts = Object.assign({}, ...names.map(manifest)) as Record<string, string>;
    const origin = repository('lock', { ...packageOf(...used), ...parts });
    const [left, right] = [packageOf(...used, 'left'), packageOf(...used, 'right')];
    const { outcome, show, conflicts } = await race(origin, left, right);
    expect(outcome.kind).toBe('done');
    const lock = JSON.parse(show('package-lock.json')) as { packages: object };
    expect(Object.keys(lock.packages).sort()).toEqual(
      ['', ...names, ...names.map((name) => `node_modules/${name}`)].sort(),
    );
    expect(conflicts).toContainEqual(
      expect.objectContaining({ path: 'package-lock.json', resolver: 'package-manager' }),
    );
  });

  test('a lock file that its package manager cannot make is left', async () => {
    const files = packageOf('base');
    const origin = repository('broken-lock', { ...files, 'package.json': 'no JSON\n' });
    const { outcome, conflicts } = await race(
      origin,
      { 'package-lock.json': packageOf('base', 'left')['package-lock.json'] },
      { 'package-lock.json': packageOf('base', 'right')['package-lock.json'] },
    );
    expect(outcome).toMatchObject({ kind: 'failed', failure: { class: 'conflict' } });
    expect(conflicts).toContainEqual(
      expect.objectContaining({ path: 'package-lock.json', resolved: false }),
    );
  });
});
