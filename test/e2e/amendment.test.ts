import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Agent } from '../../src/domain/agent.ts';
import { roles } from '../../src/domain/role.ts';
import { amendRun, approveRun } from '../../src/maestro/revise-run.ts';
import { reconcile } from '../../src/maestro/reconciler.ts';
import { submitRun } from '../../src/maestro/submit-run.ts';
import { listRevisions, requestRevision } from '../../src/storage/revision-store.ts';
import { getRun } from '../../src/storage/run-store.ts';
import { listAttempts, listTasks } from '../../src/storage/task-store.ts';
import { readVerdicts } from '../../src/storage/trace-store.ts';
import { describeEachBackend } from '../support/backends.ts';
import { openTestFleet, type TestFleet } from '../support/fleet.ts';
import { tempDir } from '../support/temp-dir.ts';
import { waitFor } from '../support/wait-for.ts';

describeEachBackend('a plan that changes', (backend) => {
  let folder: string;
  let fleet: TestFleet;
  const db = () => fleet.services.database.db;
  const gate = () => path.join(folder, 'go');

  beforeAll(async () => {
    folder = await tempDir();
    // Every role; the contract alone waits until it may go on.
    writeFileSync(
      path.join(folder, 'agent.mjs'),
      `import { existsSync } from 'node:fs';
       import { setTimeout as sleep } from 'node:timers/promises';
       export default async (task, ctx) => {
         while (task.id === 'contract' && !existsSync(${JSON.stringify(gate())}) && !ctx.signal.aborted) await sleep(10);
         return { summary: 'did ' + task.id };
       };`,
    );
    const agents = roles.map((role): Agent => ({
      ...{ name: role, role, capabilities: [], weight: 1, concurrency: 4 },
      executor: { type: 'function', module: './agent.mjs' },
    }));
    fleet = await openTestFleet({ backend, agents, dataDir: folder });
  });
  afterAll(() => fleet.close());

  const ids = async (runId: string) => (await listTasks(db(), runId)).map(({ id }) => id);
  const planned = (runId: string) =>
    waitFor(async () => (await getRun(db(), runId)).state === 'planned', { what: 'the plan' });

  test('waits for approval, is sent back with comments, and starts when approved', async () => {
    writeFileSync(gate(), '');
    const { run } = await submitRun(fleet.maestro, {
      requirement: 'Users can list notes. Users can archive notes.',
      approve: true,
    });
    await planned(run.id);
    await reconcile(fleet.maestro);
    expect((await getRun(db(), run.id)).state).toBe('planned');
    expect(await listAttempts(db(), run.id)).toEqual([]);

    await expect(amendRun(fleet.maestro, run.id, { change: 'Drop REQ-007.' })).rejects.toThrow(
      'The run has no REQ-007',
    );
    await amendRun(fleet.maestro, run.id, {
      change: 'Users can delete a note. Drop REQ-002.',
      by: 'Ada',
    });
    const [revision] = await listRevisions(db(), run.id);
    expect(revision).toMatchObject({ cause: 'comments', by: 'Ada', refusal: null });
    expect(revision?.change?.requirements).toEqual({
      ...{ added: ['REQ-003'], changed: [], withdrawn: ['REQ-002'] },
    });
    expect(revision?.change?.tasks.added).toContain('api-delete-note');
    expect((await getRun(db(), run.id)).state).toBe('planned');

    await approveRun(fleet.maestro, run.id, 'Ada');
    await expect(approveRun(fleet.maestro, run.id)).rejects.toThrow('approved already by Ada');
    expect(await fleet.ended(run.id)).toMatchObject({ state: 'done', approvedBy: 'Ada' });
    const states = await readVerdicts(db(), run.id);
    expect(states.map(({ id, state }) => `${id} ${state}`)).toEqual([
      'REQ-001 unchecked',
      'REQ-002 withdrawn',
      'REQ-003 unchecked',
    ]);
  });

  test('an amended run finishes what runs, does nothing again, and does what is new', async () => {
    rmSync(gate());
    const { run } = await submitRun(fleet.maestro, { requirement: 'Users can list notes.' });
    await waitFor(async () => (await listAttempts(db(), run.id)).length > 0);
    const first = await ids(run.id);
    await amendRun(fleet.maestro, run.id, { change: 'Users can search notes by a word.' });
    const pending = await listRevisions(db(), run.id);
    expect(pending).toMatchObject([{ cause: 'amendment', settledAt: null }]);
    expect((await getRun(db(), run.id)).pausedAt).not.toBeNull();
    writeFileSync(gate(), '');
    expect(await fleet.ended(run.id)).toMatchObject({ state: 'done', pausedAt: null });
    expect(await ids(run.id)).toEqual(expect.arrayContaining(['contract-2', 'api-search-note']));

    // It has ended: with a further change it goes on.
    await amendRun(fleet.maestro, run.id, { change: 'Users can delete a note.' });
    expect(await fleet.ended(run.id)).toMatchObject({ state: 'done', generation: 2 });
    const attempts = await listAttempts(db(), run.id);
    expect(await ids(run.id)).toEqual(
      expect.arrayContaining([...first, 'contract-2', 'validate-2']),
    );
    for (const id of first) expect(attempts.filter(({ taskId }) => taskId === id)).toHaveLength(1);
  });

  test('a change that nobody came to make is made by the reconciler', async () => {
    const { run } = await submitRun(fleet.maestro, {
      requirement: 'Users can list notes.',
      approve: true,
    });
    await planned(run.id);
    const request = JSON.stringify({ change: 'Users can delete a note.' });
    await requestRevision(db(), run.id, { request, by: null });
    await expect(approveRun(fleet.maestro, run.id)).rejects.toThrow('planned anew');
    await reconcile(fleet.maestro);
    expect(await ids(run.id)).toContain('api-delete-note');
  });
});
