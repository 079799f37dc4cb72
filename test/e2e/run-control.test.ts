import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { reconcile } from '../../src/maestro/reconciler.ts';
import { abortRun, pauseRun, resumeRun, retryRun } from '../../src/maestro/run-control.ts';
import { submitRun } from '../../src/maestro/submit-run.ts';
import { listMessages } from '../../src/storage/message-store.ts';
import { getRun } from '../../src/storage/run-store.ts';
import { getTask, listAttempts, listTasks } from '../../src/storage/task-store.ts';
import { describeEachBackend } from '../support/backends.ts';
import { openTestFleet, type TestFleet } from '../support/fleet.ts';
import { tempDir } from '../support/temp-dir.ts';
import { waitFor } from '../support/wait-for.ts';
import { moduleAgent } from './agent-module.ts';
import { loseQueue } from './lose-queue.ts';

describeEachBackend('run control', (backend) => {
  let folder: string;
  let agent: ReturnType<typeof moduleAgent>;
  let fleet: TestFleet;
  const db = () => fleet.services.database.db;

  beforeAll(async () => {
    folder = await tempDir();
    agent = moduleAgent(folder);
    fleet = await openTestFleet({ backend, agents: [agent.agent], dataDir: folder });
  });
  afterAll(() => fleet.close());

  const submit = async (tasks: Record<string, object>, limits: object = {}): Promise<string> => {
    const { run } = await submitRun(fleet.maestro, {
      plan: {
        version: 1,
        tasks: Object.entries(tasks).map(([id, rest]) => ({
          ...{ id, title: id, role: 'backend', ...rest },
        })),
      },
      ...limits,
    });
    return run.id;
  };
  const states = async (runId: string) =>
    Object.fromEntries((await listTasks(db(), runId)).map(({ id, state }) => [id, state]));
  const isRunning = (taskId: string) => waitFor(() => agent.executions(taskId).length > 0);

  test('an abort drops at once what has not started, and stops what runs', async () => {
    const waiting = Object.fromEntries(
      Array.from({ length: 200 }, (_, index) => [`a_${index}`, { dependsOn: ['a_slow'] }]),
    );
    const never = path.join(folder, 'never');
    const runId = await submit({
      a_done: {},
      a_slow: { dependsOn: ['a_done'], input: { waitFor: never } },
      ...waiting,
    });
    await isRunning('a_slow');
    await abortRun(fleet.maestro, runId);
    expect((await fleet.ended(runId)).state).toBe('cancelled');
    const tasks = await listTasks(db(), runId);
    expect(tasks.filter(({ state }) => state === 'cancelled')).toHaveLength(201);
    const attempts = await listAttempts(db(), runId);
    expect(attempts.map(({ taskId, state }) => [taskId, state])).toEqual([
      ['a_done', 'succeeded'],
      ['a_slow', 'released'],
    ]);
  });

  test('a retry of an aborted run does what is unfinished, and nothing again', async () => {
    const never = path.join(folder, 'never');
    const runId = await submit({
      t_done: {},
      t_slow: { dependsOn: ['t_done'], input: { waitFor: never } },
      t_end: { dependsOn: ['t_slow'] },
    });
    await isRunning('t_slow');
    await abortRun(fleet.maestro, runId);
    expect((await fleet.ended(runId)).state).toBe('cancelled');
    await retryRun(fleet.maestro, runId);
    await waitFor(() => agent.executions('t_slow').length === 2);
    expect((await fleet.ended(runId)).state).toBe('done');
    expect(agent.executions('t_done')).toHaveLength(1);
    expect(Object.values(await states(runId)).every((state) => state === 'done')).toBe(true);
    await expect(retryRun(fleet.maestro, runId)).rejects.toMatchObject({ code: 'state-conflict' });
  });

  test('a paused run finishes what runs and starts nothing, even when the queue is lost, until it is resumed', async () => {
    const go = path.join(folder, 'go');
    const runId = await submit({
      p_one: { input: { waitFor: go } },
      p_two: { dependsOn: ['p_one'] },
    });
    await isRunning('p_one');
    await pauseRun(fleet.maestro, runId);
    writeFileSync(go, '');
    await waitFor(async () => (await getTask(db(), runId, 'p_two')).parkedFor === 'resume');
    expect((await getTask(db(), runId, 'p_one')).state).toBe('done');
    await loseQueue(backend, fleet);
    await reconcile(fleet.maestro);
    expect((await getRun(db(), runId)).generation).toBe(1);
    expect(agent.executions('p_two')).toEqual([]);
    await resumeRun(fleet.maestro, runId);
    expect((await fleet.ended(runId)).state).toBe('done');
    expect(agent.executions('p_two')).toHaveLength(1);
  });

  test('no more tasks run at once than the run may have, and all of them run', async () => {
    const tasks = Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`m_${index}`, {}]));
    const runId = await submit(
      { ...tasks, m_end: { dependsOn: Object.keys(tasks) } },
      { maxParallel: 2 },
    );
    expect((await fleet.ended(runId)).state).toBe('done');
    expect(await listAttempts(db(), runId)).toHaveLength(13);
    // Messages of a run are in the order of their commits, which is what the limit is counted by.
    let running = 0;
    const together = (await listMessages(db(), runId)).map(({ type }) => {
      if (type === 'TASK_ASSIGNED') running++;
      if (type === 'TASK_COMPLETE') running--;
      return running;
    });
    expect(Math.max(...together)).toBe(2);
    const parkings = (await listTasks(db(), runId)).map((task) => task.parkings);
    expect(Math.max(...parkings)).toBe(1);
  });

  test('a run that is not done by its deadline has failed, and says why', async () => {
    const runId = await submit(
      {
        d_slow: { input: { waitFor: path.join(folder, 'never') } },
        d_end: { dependsOn: ['d_slow'] },
      },
      { deadline: '2s' },
    );
    const run = await fleet.ended(runId);
    expect(run.state).toBe('failed');
    expect(run.error).toMatch(/^The run was not done by its deadline \(.* UTC\)\.$/);
    expect(await states(runId)).toEqual({ d_slow: 'cancelled', d_end: 'cancelled' });
  });
});
