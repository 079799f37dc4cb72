import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { deliverRun } from '../../src/delivery/deliver-run.ts';
import type { DeliveryRequest } from '../../src/domain/delivery.ts';
import { planRun } from '../../src/maestro/plan-run.ts';
import { submitRun } from '../../src/maestro/submit-run.ts';
import { completeTask } from '../../src/storage/attempt-store.ts';
import { listDeliveries } from '../../src/storage/delivery-store.ts';
import { openAttemptStage } from '../agents/attempt-stage.ts';
import { serveRepositories } from '../git/repositories.ts';
import { git, makeRepository } from '../support/repository.ts';
import { fakeForge } from './fake-forge.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

describe('a run that has merged one file', () => {
  let stage: Awaited<ReturnType<typeof openAttemptStage>>;
  let origin: string;
  let runId: string;
  let head: string;
  beforeAll(async () => {
    stage = await openAttemptStage();
    origin = makeRepository(path.join(stage.folder, 'repository'), { a: 'a\n' });
    const requirement = { id: 'REQ-001', kind: 'functional', title: 'There is a note' };
    const task = { id: 'note', title: 'Write it', role: 'backend', requirements: ['REQ-001'] };
    const tasks = [{ ...task, input: { file: 'note.txt' } }];
    const plan = { version: 1, title: 'Notes', requirements: [requirement], tasks };
    const { run } = await submitRun(stage.fleet.maestro, { plan, repository: origin });
    runId = run.id;
    await planRun(stage.fleet.maestro, runId);
    const { claimed, fence } = await stage.claim(runId, 'note');
    const outcome = await stage.perform(claimed, fence);
    if (outcome.kind !== 'done') throw new Error(JSON.stringify(outcome));
    await completeTask(stage.db, fence, outcome.completed);
    head = git(origin, 'rev-parse', `aurora/${runId}`);
  });
  afterAll(() => stage.fleet.close());

  const deliver = (request: DeliveryRequest, api?: string) => {
    const forge = { kind: 'github' as const, api, tokens: { github: 'secret' } };
    const { mirrors } = stage.workspaces();
    return deliverRun({ db: stage.db, mirrors, forge }, runId, request, true);
  };

  test('moves branches forward, also one that is checked out, and never aside', async () => {
    // Somebody has forced the run's own branch back: what was merged is in the record, and comes back.
    git(origin, 'update-ref', `refs/heads/aurora/${runId}`, 'main');
    await deliver({ kind: 'branch', branch: 'release' });
    expect(git(origin, 'rev-parse', `aurora/${runId}`)).toBe(head);
    await deliver({ kind: 'branch', branch: 'release' });
    expect(git(origin, 'rev-parse', 'release')).toBe(head);

    expect(existsSync(path.join(origin, 'note.txt'))).toBe(false);
    writeFileSync(path.join(origin, 'mine.txt'), 'not committed\n');
    await deliver({ kind: 'branch', branch: 'main' });
    expect(git(origin, 'rev-parse', 'main')).toBe(head);
    expect(existsSync(path.join(origin, 'note.txt'))).toBe(true);
    expect(existsSync(path.join(origin, 'mine.txt'))).toBe(true);

    git(origin, 'branch', 'other', 'main~1');
    git(origin, 'switch', '--quiet', 'other');
    git(origin, 'commit', '--quiet', '--allow-empty', '-m', 'Elsewhere');
    const before = git(origin, 'rev-parse', 'other');
    await expect(deliver({ kind: 'branch', branch: 'other' })).rejects.toMatchObject({
      code: 'delivery-refused',
    });
    expect(git(origin, 'rev-parse', 'other')).toBe(before);
    for (const branch of ['a..b', 'HEAD']) {
      const refused = { code: 'request-invalid' };
      await expect(deliver({ kind: 'branch', branch })).rejects.toMatchObject(refused);
    }
    const found = await listDeliveries(stage.db, runId);
    expect(found.map(({ kind, target, commit }) => [kind, target, commit])).toEqual([
      ['branch', 'release', head],
      ['branch', 'main', head],
    ]);
  });

  test('becomes a patch that git am takes', async () => {
    const file = path.join(stage.folder, 'run.patch');
    await deliver({ kind: 'patch', file });
    const text = readFileSync(file, 'utf8');
    expect(text).toContain('Subject: [PATCH] Notes');
    expect(text).toContain('REQ-001');
    git(
      origin,
      'switch',
      '--quiet',
      '--create',
      'patched',
      git(origin, 'merge-base', head, 'other'),
    );
    git(origin, 'am', '--quiet', file);
    expect(git(origin, 'diff', '--stat', 'patched', head)).toBe('');
    const nowhere = path.join(stage.folder, 'none', 'run.patch');
    await expect(deliver({ kind: 'patch', file: nowhere })).rejects.toThrow(/none/);
  });

  test('becomes a pull request where the repository was cloned from', async () => {
    const hosted = path.join(stage.folder, 'hosted', 'acme', 'notes');
    git(origin, 'clone', '--quiet', '--bare', origin, hosted);
    git(hosted, 'update-ref', '-d', `refs/heads/aurora/${runId}`);
    git(origin, 'clone', '--quiet', '--bare', origin, path.join(stage.folder, 'hosted', 'origin'));
    const address = await serveRepositories(path.join(stage.folder, 'hosted'));
    git(origin, 'remote', 'add', 'origin', `${address}acme/notes`);
    const { api, pulls } = await fakeForge();
    const first = await deliver({ kind: 'pr' }, api);
    const again = await deliver({ kind: 'pr' }, api);
    expect([first.url, again.url]).toEqual(Array(2).fill('https://forge.test/pull/1'));
    expect(pulls).toEqual([
      {
        ...{ number: 1, from: `aurora/${runId}`, into: 'main', title: 'Notes' },
        body: expect.stringMatching(/REQ-001[\s\S]*`note` Write it/),
      },
    ]);
    expect(git(hosted, 'rev-parse', `aurora/${runId}`)).toBe(head);
  });

  test('is not delivered before it is done, unless that is wanted', async () => {
    const { mirrors } = stage.workspaces();
    const forge = { kind: undefined, api: undefined, tokens: {} };
    const deps = { db: stage.db, mirrors, forge };
    const request = { kind: 'branch' as const, branch: 'early' };
    await expect(deliverRun(deps, runId, request)).rejects.toMatchObject({
      code: 'delivery-refused',
      message: expect.stringContaining('--partial'),
    });
  });
});
