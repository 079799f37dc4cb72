import path from 'node:path';
import { afterEach, beforeAll, expect, test, vi } from 'vitest';
import type { ForgeSettings } from '../../src/domain/forge.ts';
import { openDeliveryWatch } from '../../src/maestro/delivery-watch.ts';
import type { DueWatch } from '../../src/maestro/due-watch.ts';
import { finaliseRun } from '../../src/maestro/finalise-run.ts';
import { submitRun } from '../../src/maestro/submit-run.ts';
import { listDeliveries, recordDelivery, type Delivery } from '../../src/storage/delivery-store.ts';
import { giveUpDelivery, takeDueDeliveries } from '../../src/storage/due-delivery-store.ts';
import { listMessages } from '../../src/storage/message-store.ts';
import { fakeForge } from '../delivery/fake-forge.ts';
import { serveRepositories } from '../git/repositories.ts';
import { openTestFleet, type TestFleet } from '../support/fleet.ts';
import { git, makeRepository } from '../support/repository.ts';
import { tempDir } from '../support/temp-dir.ts';
import { waitFor } from '../support/wait-for.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let fleet: TestFleet;
let folder: string;
let origin: string;
const db = () => fleet.services.database.db;
const watches: DueWatch[] = [];
const nowhere: ForgeSettings = { kind: undefined, api: undefined, tokens: {} };

beforeAll(async () => {
  folder = await tempDir();
  fleet = await openTestFleet({
    ...{ backend: { kind: 'postgres' }, agents: [], dataDir: folder },
    parts: { maestro: false, agents: [] },
  });
  origin = makeRepository(path.join(folder, 'repository'), { a: 'a\n' });
  git(origin, 'switch', '--quiet', '--create', 'work');
  git(origin, 'commit', '--quiet', '--allow-empty', '-m', 'The work');
  git(origin, 'switch', '--quiet', 'main');
  return () => fleet.close();
});
afterEach(async () => {
  await Promise.all(watches.splice(0).map((watch) => watch.close()));
});

const submit = (deliver: string, forge = nowhere, repository: string | null = origin) => {
  const where = repository === null ? {} : { repository };
  const request = { requirement: 'Users can list notes.', deliver, ...where };
  return submitRun({ ...fleet.maestro, forge }, request);
};
/** A run whose work is merged, and which has only to end. */
const worked = async (deliver: string, forge = nowhere) => {
  const { run } = await submit(deliver, forge);
  git(origin, 'branch', `aurora/${run.id}`, 'work');
  return run.id;
};
const end = (runId: string) => finaliseRun(fleet.maestro, runId, 0);
const watch = async (forge = nowhere, signal = new AbortController().signal) => {
  watches.push(await openDeliveryWatch({ ...fleet.maestro, forge }, signal, () => 50));
};
const deliveryOf = async (runId: string) => (await listDeliveries(db(), runId))[0] as Delivery;
const settled = (runId: string) =>
  waitFor(
    async () => {
      const row = await deliveryOf(runId);
      return (row.commit !== null || row.problem !== null) && row.dueAt === null && row;
    },
    { timeoutMs: 60_000 },
  );
const told = async (runId: string) =>
  (await listMessages(db(), runId)).flatMap(({ type, payload }) =>
    type.startsWith('RUN_DELIVER') ? [{ type, ...payload }] : [],
  );

test('a run that ended as done is delivered by one Maestro of several', async () => {
  await watch();
  await watch();
  const runId = await worked('branch:release');
  expect(await deliveryOf(runId)).toMatchObject({ commit: null, dueAt: null, problem: null });
  await end(runId);
  const { commit } = await settled(runId);
  expect(git(origin, 'rev-parse', 'release')).toBe(commit);
  expect(commit).toBe(git(origin, 'rev-parse', `aurora/${runId}`));
  expect(await told(runId)).toEqual([
    { type: 'RUN_DELIVERED', kind: 'branch', target: 'release', commit },
  ]);
});

test('what a dead Maestro has taken is made by another, and one that wakes up is overtaken', async () => {
  const runId = await worked('branch:late');
  await end(runId);
  const taken = (await takeDueDeliveries(db(), 300)).find((row) => row.runId === runId);
  expect(await takeDueDeliveries(db(), 300)).toEqual([]);
  await watch();
  const { commit, tries } = await settled(runId);
  expect(tries).toBe(0);
  const sleeper = taken as Delivery;
  await giveUpDelivery(db(), sleeper, 'asleep');
  expect(await recordDelivery(db(), sleeper, { commit: 'old', url: null })).toMatchObject({
    ...{ commit, problem: null },
  });
  expect(await told(runId)).toHaveLength(1);
});

test('a pull request is handed back by who stops, tried again, and given up without a token', async () => {
  const hosted = path.join(folder, 'hosted', 'acme', 'notes');
  git(origin, 'clone', '--quiet', '--bare', origin, hosted);
  git(origin, 'clone', '--quiet', '--bare', origin, path.join(folder, 'hosted', 'origin'));
  const address = await serveRepositories(path.join(folder, 'hosted'));
  git(origin, 'remote', 'add', 'origin', `${address}acme/notes`);
  const { api, pulls, troubles } = await fakeForge();
  const forge = (token: string): ForgeSettings => ({
    ...{ kind: 'github', api, tokens: { github: token } },
  });
  const closeAll = () => Promise.all(watches.splice(0).map((each) => each.close()));

  const runId = await worked('pr', forge('secret'));
  troubles.push({ status: 429, headers: { 'retry-after': '59' } });
  const stop = new AbortController();
  await watch(forge('secret'), stop.signal);
  await end(runId);
  await waitFor(() => troubles.length === 0, { timeoutMs: 60_000 });
  stop.abort();
  await closeAll();
  expect(await deliveryOf(runId)).toMatchObject({ commit: null, problem: null });

  troubles.push({ status: 429, headers: { 'retry-after': '3600' } });
  await watch(forge('secret'));
  await waitFor(async () => (await deliveryOf(runId)).problem?.includes('429') ?? false, {
    timeoutMs: 60_000,
  });
  expect(await settled(runId)).toMatchObject({ target: 'main', problem: null });
  expect(pulls).toMatchObject([{ from: `aurora/${runId}`, into: 'main' }]);
  await closeAll();

  const other = await worked('pr:develop', forge('secret'));
  await watch(forge('wrong'));
  await end(other);
  const { problem } = await settled(other);
  expect(problem).toMatch(/401.*GITHUB_TOKEN.*Maestro on/);
  expect(problem).not.toContain('wrong');
  expect(await told(other)).toEqual([
    { type: 'RUN_DELIVERY_FAILED', kind: 'pr', target: 'develop', reason: problem },
  ]);
  expect(pulls).toHaveLength(1);
});

test.each([
  ['patch:run.patch', undefined, 'request-invalid', /--follow/],
  ['nowhere', undefined, 'request-invalid', /branch:NAME, pr or pr:INTO/],
  ['branch:a..b', undefined, 'request-invalid', /name of a branch/],
  ['branch:main', null, 'request-invalid', /without a repository/],
  ['pr', 'elsewhere', 'forge-unknown', /on no host/],
])('%s is refused at the door', async (deliver, repository, code, message) => {
  const elsewhere = () => makeRepository(path.join(folder, 'elsewhere'), { a: 'a\n' });
  const where = repository === 'elsewhere' ? elsewhere() : repository;
  await expect(submit(deliver, nowhere, where)).rejects.toMatchObject({
    ...{ code, message: expect.stringMatching(message) },
  });
});
