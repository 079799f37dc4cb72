import { createServer, type AddressInfo } from 'node:net';
import path from 'node:path';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { finaliseRun } from '../../src/maestro/finalise-run.ts';
import { openMaestro } from '../../src/maestro/maestro.ts';
import { planRun } from '../../src/maestro/plan-run.ts';
import { retryRun } from '../../src/maestro/run-control.ts';
import { submitRun } from '../../src/maestro/submit-run.ts';
import { completeTask } from '../../src/storage/attempt-store.ts';
import { getRun } from '../../src/storage/run-store.ts';
import { openAttemptStage } from '../agents/attempt-stage.ts';
import { commitFiles } from '../git/repositories.ts';
import { git, makeRepository } from '../support/repository.ts';
import { waitFor } from '../support/wait-for.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let stage: Awaited<ReturnType<typeof openAttemptStage>>;
beforeAll(async () => {
  stage = await openAttemptStage();
});
afterAll(() => stage.fleet.close());

/** A run whose only task is done and merged, and which has only to end. */
const worked = async (name: string) => {
  const origin = makeRepository(path.join(stage.folder, name), { a: 'a\n' });
  const task = { id: 'it', title: 'It', role: 'backend', input: { file: 'it' } };
  const { maestro } = stage.fleet;
  const plan = { version: 1, title: name, tasks: [task] };
  const { run } = await submitRun(maestro, { plan, repository: origin });
  await planRun(maestro, run.id);
  const { claimed, fence } = await stage.claim(run.id, 'it');
  const done = await stage.perform(claimed, fence);
  if (done.kind !== 'done') throw new Error(JSON.stringify(done));
  await completeTask(stage.db, fence, done.completed);
  return { runId: run.id, origin, mergeCommit: done.completed.mergeCommit as string };
};

test('a run whose branch cannot take back what was merged ends as done by a retry, once it holds it', async () => {
  const { runId, origin, mergeCommit } = await worked('forced');
  const { maestro } = stage.fleet;
  const branch = `refs/heads/aurora/${runId}`;
  git(origin, 'switch', '--quiet', '--detach', 'main');
  git(origin, 'update-ref', branch, await commitFiles(origin, { it: 'theirs' }));
  await finaliseRun(maestro, runId, 0);
  expect(await getRun(stage.db, runId)).toMatchObject({
    state: 'failed',
    error: expect.stringContaining(`${mergeCommit}, which was merged into it, conflicts`),
  });

  git(origin, 'update-ref', branch, mergeCommit);
  await retryRun(maestro, runId);
  const { close } = await openMaestro(maestro);
  onTestFinished(close);
  expect(await stage.fleet.ended(runId)).toMatchObject({ state: 'done', error: null });
  await expect(retryRun(maestro, runId)).rejects.toMatchObject({ code: 'state-conflict' });
});

test('a run ends although its repository takes the call and says nothing; a Maestro that stops leaves that to others', async () => {
  const { runId } = await worked('silent');
  const { maestro } = stage.fleet;
  const stop = new AbortController();
  let hangUp = () => {};
  const server = createServer((socket) => {
    hangUp = () => socket.destroy();
    stop.abort(new Error('Maestro stops'));
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const repository = `git://127.0.0.1:${(server.address() as AddressInfo).port}/silent`;
  await stage.db.execute(
    sql`UPDATE aurora.runs SET repository = ${repository} WHERE id = ${runId}`,
  );
  const { signal } = stop;
  await expect(finaliseRun(maestro, runId, 0, { signal })).rejects.toThrow('Maestro stops');
  expect((await getRun(stage.db, runId)).finishedAt).toBeNull();

  const ending = finaliseRun(maestro, runId, 0, { patience: 1 });
  const state = async () => (await getRun(stage.db, runId)).state === 'done';
  await waitFor(state, { what: 'the end of the run' });
  // What is merged is cleaned up after the end; it waits for the same call.
  hangUp();
  await ending;
  server.close();
});
