import path from 'node:path';
import { UnrecoverableError } from 'bullmq';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Agent } from '../../src/domain/agent.ts';
import { planRun } from '../../src/maestro/plan-run.ts';
import { reassign } from '../../src/maestro/reassign.ts';
import { submitRun } from '../../src/maestro/submit-run.ts';
import { taskJobId } from '../../src/queue/job-names.ts';
import { startFleet, type Fleet } from '../../src/runtime/fleet.ts';
import { listMessages } from '../../src/storage/message-store.ts';
import { listPendingReplacements, reassignTask } from '../../src/storage/reassignment-store.ts';
import { getRun } from '../../src/storage/run-store.ts';
import { getTask, listAttempts } from '../../src/storage/task-store.ts';
import { emptyRecord, failAttempt } from '../storage/planned-run.ts';
import { describeEachBackend } from '../support/backends.ts';
import { openTestFleet, type TestFleet } from '../support/fleet.ts';
import { tempDir } from '../support/temp-dir.ts';
import { waitFor } from '../support/wait-for.ts';
import { moduleAgent } from './agent-module.ts';
import { openDeadWorker } from './dead-worker.ts';

describeEachBackend('reassignment', (backend) => {
  let folder: string;
  let base: TestFleet;
  let first: ReturnType<typeof moduleAgent>;
  let second: Agent;
  let fleet: Fleet | undefined;
  const db = () => base.services.database.db;

  beforeAll(async () => {
    folder = await tempDir();
    first = moduleAgent(folder);
    second = { ...first.agent, name: 'second' };
    base = await openTestFleet({
      backend,
      agents: [first.agent, second],
      dataDir: folder,
      parts: { maestro: false, agents: [] },
    });
  });
  afterEach(async () => {
    await fleet?.close();
    fleet = undefined;
  });
  afterAll(() => base.close());

  const start = async (agents: readonly Agent[]) => {
    fleet = await startFleet(base.services, { web: false, maestro: true, agents });
  };

  /** A planned run whose tasks all belong to the first agent. */
  const plan = async (tasks: Record<string, object>): Promise<string> => {
    const { run } = await submitRun(base.maestro, {
      plan: {
        version: 1,
        tasks: Object.entries(tasks).map(([id, rest]) => ({
          ...{ id, title: id, agent: 'backend', ...rest },
        })),
      },
    });
    await planRun(base.maestro, run.id);
    return run.id;
  };

  const toSecond = async (runId: string, taskId: string) => ({
    ...{ runId, taskId, epoch: (await getTask(db(), runId, taskId)).epoch },
    ...{ agent: 'second', cause: 'human' as const, reason: 'because', fresh: true },
  });

  const jobOf = async (agent: string, runId: string, taskId: string, assignment: number) =>
    base.services.queues
      .of(await getRun(db(), runId))
      .agent(agent)
      .getJob(taskJobId(runId, 0, taskId, assignment));

  /** Healed in place: the flow was never built again. */
  const expectSameFlow = async (runId: string) =>
    expect((await getRun(db(), runId)).generation).toBe(0);

  test('a waiting, a delayed and a failed task go to an agent that lives, before their dependants', async () => {
    const runId = await plan({
      w_wait: {},
      w_late: {},
      w_fail: {},
      w_end: { agent: 'second', dependsOn: ['w_wait', 'w_late', 'w_fail'] },
    });
    const worker = await openDeadWorker(base.services, 'backend');
    for (const delay of [60_000, null]) {
      const job = await worker.takeJob();
      const { fence } = await worker.claim(job);
      await failAttempt(db(), fence, { class: 'error', message: 'no' }, delay, emptyRecord);
      if (delay === null)
        await job.moveToFailed(new UnrecoverableError('no'), worker.lockToken, false);
      else await job.moveToDelayed(Date.now() + delay, worker.lockToken);
    }
    await worker.close();
    for (const id of ['w_wait', 'w_late', 'w_fail']) {
      expect(await reassign(base.maestro, await toSecond(runId, id))).toBe(true);
    }
    expect(await listPendingReplacements(db(), runId)).toEqual([]);
    await start([second]);
    expect((await base.ended(runId)).state).toBe('done');
    expect(
      ['w_wait', 'w_late', 'w_fail', 'w_end'].map((id) => first.executions(id).length),
    ).toEqual([1, 1, 1, 1]);
    const messages = await listMessages(db(), runId);
    const told = messages.filter(
      ({ type, taskId }) => type === 'TASK_REASSIGNED' && taskId === 'w_wait',
    );
    expect(told.map(({ recipient, payload }) => [recipient, payload])).toEqual([
      ['agent:second', { from: 'backend', cause: 'human', reason: 'because' }],
    ]);
    await expectSameFlow(runId);
  });

  test('a crash between the record and the queue is healed without a worker of the former agent', async () => {
    const runId = await plan({ c_one: {}, c_end: { agent: 'second', dependsOn: ['c_one'] } });
    expect(await reassignTask(db(), await toSecond(runId, 'c_one'))).toBe(true);
    // And another, before the queue has followed the first.
    const back = { ...(await toSecond(runId, 'c_one')), agent: 'second', reason: 'once more' };
    expect(await reassignTask(db(), back)).toBe(true);
    // Somebody who decided upon the same epoch is late.
    expect(await reassignTask(db(), back)).toBe(false);
    await start([second]);
    expect((await base.ended(runId)).state).toBe('done');
    expect(first.executions('c_one')).toHaveLength(1);
    await expectSameFlow(runId);
    expect(await listPendingReplacements(db(), runId)).toEqual([]);
    expect(await jobOf('backend', runId, 'c_one', 1)).toBeUndefined();
  });

  test('an old job that is delivered after such a crash brings its replacement before it steps aside', async () => {
    const runId = await plan({ s_one: {}, s_end: { agent: 'second', dependsOn: ['s_one'] } });
    await reassignTask(db(), await toSecond(runId, 's_one'));
    // No Maestro, so that nobody but the worker can heal it.
    fleet = await startFleet(base.services, {
      ...{ web: false, maestro: false, agents: [first.agent] },
    });
    await waitFor(async () => (await jobOf('backend', runId, 's_one', 1))?.isCompleted());
    expect(first.executions('s_one')).toEqual([]);
    expect(await (await jobOf('second', runId, 's_end', 1))?.isWaitingChildren()).toBe(true);
    await fleet.close();
    await start([second]);
    expect((await base.ended(runId)).state).toBe('done');
    expect(first.executions('s_one')).toHaveLength(1);
    await expectSameFlow(runId);
  });

  test('an attempt under way is fenced out and its task carried out by the other agent', async () => {
    const runId = await plan({
      r_one: { input: { waitFor: path.join(folder, 'never') } },
      r_end: { agent: 'second', dependsOn: ['r_one'] },
    });
    await start([first.agent, second]);
    await waitFor(() => first.executions('r_one').length === 1, { timeoutMs: 60_000 });
    expect(await reassign(base.maestro, await toSecond(runId, 'r_one'))).toBe(true);
    expect((await base.ended(runId)).state).toBe('done');
    expect(first.executions('r_one')).toEqual([1, 3]);
    // It steps aside; or it had given its job back by then, which is removed when it is replaced.
    await waitFor(
      async () => (await (await jobOf('backend', runId, 'r_one', 1))?.isCompleted()) ?? true,
      { timeoutMs: 60_000, what: 'the end of the old job' },
    );
    const attempts = await listAttempts(db(), runId, ['r_one']);
    expect(attempts.map(({ agent, state }) => [agent, state])).toEqual([
      ['backend', 'released'],
      ['second', 'succeeded'],
    ]);
    expect(first.executions('r_end')).toHaveLength(1);
    await expectSameFlow(runId);
  }, 120_000);
});
