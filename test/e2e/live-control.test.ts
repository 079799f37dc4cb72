import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Agent } from '../../src/domain/agent.ts';
import { answerEscalation } from '../../src/maestro/answer-escalation.ts';
import { changeRun, limitProject } from '../../src/maestro/change-run.ts';
import { reconcile } from '../../src/maestro/reconciler.ts';
import { submitRun } from '../../src/maestro/submit-run.ts';
import { listEscalations } from '../../src/storage/escalation-store.ts';
import { listMessages } from '../../src/storage/message-store.ts';
import { changeRun as recordChange } from '../../src/storage/priority-store.ts';
import { listReassignments } from '../../src/storage/reassignment-store.ts';
import { getRun } from '../../src/storage/run-store.ts';
import { getTask, listAttempts, listTasks } from '../../src/storage/task-store.ts';
import { readRunReasons } from '../../src/storage/waiting-store.ts';
import { describeEachBackend } from '../support/backends.ts';
import { openTestFleet, type TestFleet } from '../support/fleet.ts';
import { tempDir } from '../support/temp-dir.ts';
import { waitFor } from '../support/wait-for.ts';
import { moduleAgent } from './agent-module.ts';

describeEachBackend('live control', (backend) => {
  let folder: string;
  let module: ReturnType<typeof moduleAgent>;
  let fleet: TestFleet;
  const db = () => fleet.services.database.db;

  beforeAll(async () => {
    folder = await tempDir();
    module = moduleAgent(folder);
    // One slot, so that there is an order.
    const backendAgent: Agent = { ...module.agent, concurrency: 1, capabilities: ['sql'] };
    const database: Agent = { ...backendAgent, name: 'database', role: 'database' };
    const idle: Agent = { ...database, name: 'idle-database' };
    fleet = await openTestFleet({
      ...{ backend, agents: [backendAgent, database, idle], dataDir: folder },
      parts: { agents: [backendAgent, database] },
    });
  });
  afterAll(() => fleet.close());

  const submit = async (tasks: Record<string, object>, rest: object = {}): Promise<string> => {
    const { run } = await submitRun(fleet.maestro, {
      plan: {
        version: 1,
        tasks: Object.entries(tasks).map(([id, more]) => ({
          ...{ id, title: id, role: 'backend', ...more },
        })),
      },
      ...rest,
    });
    return run.id;
  };
  const file = (name: string) => path.join(folder, name);
  const states = async (runId: string) =>
    Object.fromEntries((await listTasks(db(), runId)).map(({ id, state }) => [id, state]));

  test('an agent hands its task on, with notes, to a living one that is meant, and nothing has failed', async () => {
    const handoff = { role: 'database', reason: 'it is about SQL' };
    const runId = await submit({ h_one: { input: { handoff } }, h_end: { dependsOn: ['h_one'] } });
    expect((await fleet.ended(runId)).state).toBe('done');
    const task = await getTask(db(), runId, 'h_one');
    expect(task).toMatchObject({ agent: 'database', failures: 0 });
    const given = { from: 'backend', reason: 'it is about SQL', notes: 'as far as epoch 1' };
    expect(task.result).toEqual({ epoch: 3, handedOver: [given] });
    const attempts = await listAttempts(db(), runId, ['h_one']);
    expect(attempts.map(({ agent, state }) => [agent, state])).toEqual([
      ['backend', 'handed-off'],
      ['database', 'succeeded'],
    ]);
    expect(await listReassignments(db(), runId)).toMatchObject([
      { cause: 'handed-off', toAgent: 'database', notes: given.notes, score: { workers: 1 } },
    ]);
    const told = (await listMessages(db(), runId)).filter(({ type }) => type === 'HANDOFF');
    expect(told).toMatchObject([
      {
        ...{ sender: 'agent:backend', taskId: 'h_one', epoch: 1 },
        payload: { to: 'database', reason: given.reason, notes: given.notes },
      },
    ]);
    expect([module.executions('h_one'), module.executions('h_end')]).toEqual([[1, 3], [1]]);
  });

  test('a task that is only handed around, or to nobody, comes to a person', async () => {
    const runId = await submit({
      n_around: {
        input: { handoff: { capabilities: ['sql'], reason: 'not mine', always: true } },
      },
      n_nobody: { input: { handoff: { agent: 'unknown', reason: 'lost' } } },
    });
    expect((await fleet.ended(runId)).state).toBe('blocked');
    expect((await getTask(db(), runId, 'n_nobody')).failure).toEqual({
      class: 'handoff',
      message: 'The agent wants to hand it on (lost), but no other agent is called "unknown".',
    });
    expect((await getTask(db(), runId, 'n_around')).failure?.message).toBe(
      'The agent wants to hand it on (not mine), but it was handed on 3 times already, and nobody has done it.',
    );
    const attempts = await listAttempts(db(), runId, ['n_around']);
    expect(attempts.map(({ agent }) => agent)).toEqual([
      ...['backend', 'database', 'backend', 'database'],
    ]);
    const asked = await listEscalations(db(), runId);
    expect(asked.map(({ taskId }) => taskId).sort()).toEqual(['n_around', 'n_nobody']);
  });

  test('the deadline of a task ends its attempt and its waiting, and a person can give it more time', async () => {
    const never = file('never');
    const runId = await submit({
      d_runs: { deadline: '1500ms', input: { waitFor: never } },
      d_waits: { deadline: '1500ms', role: 'database', dependsOn: ['d_free'] },
      d_free: { role: 'database', input: { waitFor: file('later') } },
      d_end: { role: 'database', dependsOn: ['d_runs', 'd_waits'] },
    });
    await waitFor(async () => {
      const now = await states(runId);
      return now['d_runs'] === 'failed' && now['d_waits'] === 'failed';
    });
    for (const id of ['d_runs', 'd_waits']) {
      const { failure } = await getTask(db(), runId, id);
      expect(failure).toMatchObject({ class: 'deadline' });
      expect(failure?.message).toMatch(/^It was not done by its deadline \(.* UTC\)\.$/);
    }
    const attempts = await listAttempts(db(), runId, ['d_runs', 'd_waits']);
    expect(attempts.map(({ taskId, state, decision }) => [taskId, state, decision?.kind])).toEqual([
      ['d_runs', 'failed', 'escalate'],
    ]);
    const open = await listEscalations(db(), runId);
    expect(open.map(({ taskId }) => taskId).sort()).toEqual(['d_runs', 'd_waits']);
    for (const { id } of open) await answerEscalation(fleet.maestro, id, { action: 'retry' });
    writeFileSync(file('later'), '');
    expect((await fleet.ended(runId)).state).toBe('done');
    expect(module.executions('d_waits')).toHaveLength(1);
  });

  test('tasks of urgent runs come first, also when a run becomes urgent while it waits', async () => {
    const go = file('priority-go');
    const holder = await submit({ p_hold: { input: { waitFor: go } } });
    await waitFor(() => module.executions('p_hold').length === 1);
    const usual = await submit({ p_usual_1: {}, p_usual_2: { priority: 1 } });
    // What becomes free while it waits does not come before others for that.
    const dependsOn = ['p_root'];
    const late = await submit(
      { p_root: { role: 'database' }, p_late_1: { dependsOn }, p_late_2: { dependsOn } },
      { priority: 9 },
    );
    const urgent = await submit({ p_urgent: { priority: 10 } }, { priority: 2 });
    const changed = await submit(
      { p_changed_1: { priority: 4 }, p_changed_2: {} },
      { priority: 8 },
    );
    // Whoever died after the record was written is followed by the reconciler.
    const healed = await submit({ p_healed: {} }, { priority: 10 });
    await waitFor(async () => {
      const all = await Promise.all(
        [usual, late, urgent, changed, healed].map((id) => getRun(db(), id)),
      );
      return all.every(({ state }) => state === 'running');
    });
    await waitFor(async () => {
      const waiting = fleet.services.queues.shards.map((shard) =>
        shard.agent('backend').getWaitingChildrenCount(),
      );
      return (await Promise.all(waiting)).every((count) => count === 0);
    });
    await changeRun(fleet.maestro, changed, { priority: 1 });
    await recordChange(db(), healed, { priority: 3 });
    await reconcile(fleet.maestro);
    expect((await getRun(db(), healed)).queuedPriority).toBe(3);
    writeFileSync(go, '');
    for (const id of [holder, usual, late, urgent, changed, healed]) await fleet.ended(id);
    const order = module.order().filter((id) => id.startsWith('p_') && id !== 'p_root');
    expect(order).toEqual([
      ...['p_hold', 'p_changed_1', 'p_changed_2', 'p_urgent', 'p_healed'],
      ...[
        'p_usual_2',
        'p_usual_1',
        expect.stringMatching('p_late'),
        expect.stringMatching('p_late'),
      ],
    ]);
    await expect(changeRun(fleet.maestro, usual, { priority: 1 })).rejects.toMatchObject({
      code: 'state-conflict',
    });
  });

  test('the limit of a project holds for all its runs, is named, and can be lifted at once', async () => {
    await limitProject(fleet.maestro, 'bounded', 1);
    const go = file('limit-go');
    const project = { project: 'bounded' };
    const first = await submit({ l_one: { input: { waitFor: go } } }, project);
    await waitFor(() => module.executions('l_one').length === 1);
    const second = await submit({ l_two: { role: 'database' } }, project);
    await waitFor(async () => {
      const tasks = await listTasks(db(), second);
      return tasks[0]?.parkedFor === 'room';
    });
    const reasons = await readRunReasons(
      db(),
      await getRun(db(), second),
      await listTasks(db(), second),
    );
    expect(reasons.get('l_two')).toBe('waits for room: project "bounded" may run 1 task at once');
    await limitProject(fleet.maestro, 'bounded', null);
    expect((await fleet.ended(second)).state).toBe('done');
    expect((await getTask(db(), first, 'l_one')).state).toBe('running');
    // A limit that comes while nothing was limited: whoever works leaves its room to others.
    await changeRun(fleet.maestro, first, { maxParallel: 1 });
    writeFileSync(go, '');
    expect((await fleet.ended(first)).state).toBe('done');
  });
});
