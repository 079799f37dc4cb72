import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Agent } from '../../src/domain/agent.ts';
import type { EscalationAction } from '../../src/domain/escalation.ts';
import { answerEscalation } from '../../src/maestro/answer-escalation.ts';
import { describeEscalation } from '../../src/maestro/describe-escalation.ts';
import { reconcile } from '../../src/maestro/reconciler.ts';
import { submitRun } from '../../src/maestro/submit-run.ts';
import { taskJobId } from '../../src/queue/job-names.ts';
import {
  listEscalations,
  resolveEscalation,
  type Escalation,
} from '../../src/storage/escalation-store.ts';
import { getTask, listAttempts } from '../../src/storage/task-store.ts';
import { describeEachBackend } from '../support/backends.ts';
import { openTestFleet, type TestFleet } from '../support/fleet.ts';
import { git, makeRepository } from '../support/repository.ts';
import { tempDir } from '../support/temp-dir.ts';
import { waitFor } from '../support/wait-for.ts';

/** Asks, or fails, until a person has told it what it wants to know; notes each execution. */
const source = (log: string) => `
import { appendFileSync, existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
export default async function work(task, ctx) {
  appendFileSync(${JSON.stringify(log)}, task.id + '\\n');
  const half = path.join(ctx.directory, task.id + '.txt');
  const kept = existsSync(half);
  const { ask, wants } = task.input;
  if (ask && ctx.answers.length < ask) {
    writeFileSync(half, 'half of ' + task.id + '\\n');
    return { summary: 'half', ask: { question: 'Question ' + (ctx.answers.length + 1) + '?', options: ['yes', 'no'] } };
  }
  if (wants && !ctx.advice.includes(wants) && task.prompt !== wants) {
    writeFileSync(half, 'wrong\\n');
    throw Object.assign(new Error('nobody told me'), { retryable: false });
  }
  return { result: { kept, answers: ctx.answers, advice: ctx.advice, dependencies: ctx.dependencies.map(d => d.result) } };
}
`;

describeEachBackend('escalations', (backend) => {
  let folder: string;
  let fleet: TestFleet;
  let log: string;
  const db = () => fleet.services.database.db;
  const executions = (id: string) =>
    readFileSync(log, 'utf8')
      .split('\n')
      .filter((line) => line === id).length;

  beforeAll(async () => {
    folder = await tempDir();
    log = path.join(folder, 'executions.log');
    writeFileSync(log, '');
    writeFileSync(path.join(folder, 'agent.mjs'), source(log));
    const agent = (name: string, capabilities: string[]): Agent => ({
      name,
      role: name === 'other' ? 'database' : 'backend',
      ...{ capabilities, weight: 1, concurrency: 1 },
      executor: { type: 'function', module: './agent.mjs' },
    });
    fleet = await openTestFleet({
      backend,
      agents: [agent('backend', ['sql']), agent('other', ['sql'])],
      dataDir: folder,
    });
  });
  afterAll(() => fleet.close());

  const submit = async (name: string, tasks: readonly object[], repository?: string) => {
    const { run } = await submitRun(fleet.maestro, {
      plan: {
        version: 1,
        title: name,
        tasks: tasks.map((task) => ({ title: name, role: 'backend', maxAttempts: 1, ...task })),
      },
      ...(repository === undefined ? {} : { repository }),
    });
    return run.id;
  };
  const opened = (runId: string, count = 1): Promise<Escalation[]> =>
    waitFor(
      async () => {
        const open = await listEscalations(db(), runId);
        return open.length === count && open;
      },
      { what: `${count} escalations of ${runId}`, timeoutMs: 60_000 },
    );
  const isDone = (runId: string) =>
    waitFor(async () => (await fleet.ended(runId)).state === 'done', {
      what: `the success of ${runId}`,
      timeoutMs: 60_000,
    });
  const result = async (runId: string, id: string) => (await getTask(db(), runId, id)).result;

  test('an agent asks, waits without a slot, and goes on with the answer and its work', async () => {
    const repository = makeRepository(path.join(folder, 'repository'), { a: 'a\n' });
    const tasks = [
      { id: 'asks', input: { ask: 2 } },
      { id: 'meanwhile', priority: 9 },
      { id: 'after', dependsOn: ['asks'] },
    ];
    const runId = await submit('asks', tasks, repository);
    const [first] = (await opened(runId)) as [Escalation];
    expect(first).toMatchObject({
      kind: 'question',
      question: 'Question 1?',
      options: ['yes', 'no'],
    });
    // The agent has one slot.
    await waitFor(async () => (await getTask(db(), runId, 'meanwhile')).state === 'done');
    expect((await fleet.ended(runId)).state).toBe('blocked');
    expect((await describeEscalation(fleet.maestro, first.id)).diff?.patch).toContain(
      '+half of asks',
    );

    const answers = await Promise.allSettled(
      ['Ada', 'Bob'].map((by) =>
        answerEscalation(fleet.maestro, first.id, { action: 'answer', answer: { by }, by }),
      ),
    );
    const [winner, loser] = [...answers].sort((a) => (a.status === 'fulfilled' ? -1 : 1));
    expect([winner?.status, loser?.status]).toEqual(['fulfilled', 'rejected']);
    const by = answers[0]?.status === 'fulfilled' ? 'Ada' : 'Bob';
    expect(String((loser as PromiseRejectedResult).reason)).toContain(`answer by ${by} at`);

    const second = await waitFor(async () =>
      (await listEscalations(db(), runId)).find(({ question }) => question === 'Question 2?'),
    );
    await answerEscalation(fleet.maestro, second.id, { action: 'answer', answer: 'no' });
    await isDone(runId);
    expect(await result(runId, 'asks')).toEqual({
      kept: true,
      answers: [
        { question: 'Question 1?', answer: { by } },
        { question: 'Question 2?', answer: 'no' },
      ],
      advice: [],
      dependencies: [],
    });
    expect(git(repository, 'show', `aurora/${runId}:asks.txt`)).toBe('half of asks');
    const attempts = await listAttempts(db(), runId, ['asks']);
    expect(attempts.map(({ state, number }) => [state, number])).toEqual([
      ['asked', 1],
      ['asked', 1],
      ['succeeded', 1],
    ]);
    expect([executions('asks'), executions('after')]).toEqual([3, 1]);
  });

  test('a failed task is retried with advice, edited, reassigned, skipped with a result', async () => {
    const runId = await submit('fails', [
      { id: 'retried', input: { wants: 'advice' } },
      { id: 'edited', input: { wants: 'prompt' } },
      { id: 'moved', input: { wants: 'care' }, capabilities: ['sql'] },
      { id: 'skipped', input: { wants: 'nothing that anybody knows' } },
      { id: 'after', dependsOn: ['skipped', 'retried'] },
    ]);
    const open = await opened(runId, 4);
    const give = (taskId: string, action: EscalationAction) =>
      answerEscalation(
        fleet.maestro,
        open.find((each) => each.taskId === taskId)?.id as string,
        action,
      );
    await give('retried', { action: 'retry', advice: 'advice' });
    await give('edited', { action: 'edit', changes: { prompt: 'prompt', maxAttempts: 3 } });
    const nobody = { action: 'reassign', agent: 'nobody' } as const;
    await expect(give('moved', nobody)).rejects.toMatchObject({ code: 'agent-unknown' });
    await give('moved', { action: 'reassign', agent: 'other', advice: 'care' });
    await give('skipped', { action: 'skip', result: { instead: 42 } });
    await isDone(runId);
    expect(await result(runId, 'retried')).toMatchObject({ advice: ['advice'] });
    expect((await getTask(db(), runId, 'edited')).spec).toMatchObject({ maxAttempts: 3 });
    expect(await getTask(db(), runId, 'moved')).toMatchObject({ agent: 'other', state: 'done' });
    expect(await result(runId, 'after')).toMatchObject({
      dependencies: [{ advice: ['advice'] }, { instead: 42 }],
    });
    for (const id of ['retried', 'edited', 'moved']) expect(executions(id)).toBe(2);
  });

  test('who dies between the record and the queue is followed by the reconciler', async () => {
    const runId = await submit('dies', [
      { id: 'd-answered', input: { ask: 1 } },
      { id: 'd-skipped', input: { ask: 1 } },
      { id: 'd-retried', input: { wants: 'x' } },
      { id: 'd-moved', input: { wants: 'y' } },
    ]);
    const open = await opened(runId, 4);
    for (const id of ['d-answered', 'd-skipped']) {
      const jobId = taskJobId(runId, 0, id, 1);
      const queue = fleet.services.queues.of({ shard: 0 }).agent('backend');
      await waitFor(async () => (await queue.getJob(jobId))?.isWaitingChildren());
    }
    const record = (taskId: string, action: EscalationAction) =>
      resolveEscalation(db(), open.find((each) => each.taskId === taskId)?.id as string, action);
    await record('d-answered', { action: 'answer', answer: 'yes' });
    await record('d-skipped', { action: 'skip', result: 1 });
    await record('d-retried', { action: 'retry', advice: 'x' });
    await record('d-moved', { action: 'reassign', agent: 'other', advice: 'y' });
    await reconcile(fleet.maestro);
    await isDone(runId);
    expect(executions('d-answered')).toBe(2);
    expect(executions('d-moved')).toBe(2);
  });

  test('a question can end the run', async () => {
    const runId = await submit('aborted', [
      { id: 'x', input: { ask: 1 } },
      { id: 'y', dependsOn: ['x'] },
    ]);
    const [question] = (await opened(runId)) as [Escalation];
    await answerEscalation(fleet.maestro, question.id, { action: 'abort', by: 'Ada' });
    await waitFor(async () => (await fleet.ended(runId)).state === 'cancelled');
    expect((await getTask(db(), runId, 'x')).state).toBe('cancelled');
  });
});
