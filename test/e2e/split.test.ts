import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { agentSchema, type Agent } from '../../src/domain/agent.ts';
import { splitSchema } from '../../src/domain/split.ts';
import { answerEscalation } from '../../src/maestro/answer-escalation.ts';
import { reconcile } from '../../src/maestro/reconciler.ts';
import { abortRun, pauseRun, resumeRun, retryRun } from '../../src/maestro/run-control.ts';
import { submitRun } from '../../src/maestro/submit-run.ts';
import { amendRun } from '../../src/maestro/revise-run.ts';
import { listEscalations, resolveEscalation } from '../../src/storage/escalation-store.ts';
import { listMessages } from '../../src/storage/message-store.ts';
import { readProgress } from '../../src/storage/progress-store.ts';
import { getRun } from '../../src/storage/run-store.ts';
import { getTask, listAttempts, listTasks } from '../../src/storage/task-store.ts';
import { describeEachBackend } from '../support/backends.ts';
import { openTestFleet, type TestFleet } from '../support/fleet.ts';
import { git, makeRepository } from '../support/repository.ts';
import { tempDir } from '../support/temp-dir.ts';
import { waitFor } from '../support/wait-for.ts';
import { loseQueue } from './lose-queue.ts';

/**
 * Splits as its input says (and as the parts' own inputs say), until it has parts; notes each
 * execution with what it saw; waits for a file, or fails, where its input says so.
 */
const source = (log: string) => `
import { appendFileSync, existsSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
export default async function work(task, ctx) {
  const seen = readdirSync(ctx.directory).filter((name) => name.endsWith('.txt')).sort();
  appendFileSync(${JSON.stringify(log)}, JSON.stringify({ run: ctx.runId, id: task.id, seen }) + '\\n');
  const { split, always, waitFor, fails, ask } = task.input;
  if (ask && ctx.parts.length === 0) return { ask: { question: 'How?' } };
  if (split && (always || ctx.parts.length === 0)) return { summary: 'too large', split };
  while (waitFor && !existsSync(waitFor) && !ctx.signal.aborted) await sleep(10);
  if (fails) throw Object.assign(new Error('cannot do ' + task.id), { retryable: false });
  writeFileSync(path.join(ctx.directory, task.id + '.txt'), task.id + '\\n');
  return {
    summary: 'did ' + task.id,
    result: { parts: ctx.parts.map(({ id }) => id), partOf: ctx.partOf?.id ?? null, after: ctx.dependencies.map(({ id }) => id) },
  };
}
`;

/** A program that fails, and says what could be done instead. */
const proposing = `
import { writeFileSync } from 'node:fs';
let text = '';
for await (const chunk of process.stdin) text += chunk;
const { task, parts } = JSON.parse(text);
if (parts.length > 0 || task.id.includes('--')) {
  writeFileSync(task.id + '.txt', task.id);
} else {
  writeFileSync(process.env.AURORA_RESULT_FILE, JSON.stringify({ split: task.input.split }));
  process.exitCode = 1;
}
`;

// Dozens of git processes each, where many tests share few cores.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

describeEachBackend('a task that is split', (backend) => {
  let folder: string;
  let log: string;
  let fleet: TestFleet;
  const db = () => fleet.services.database.db;

  beforeAll(async () => {
    folder = await tempDir();
    log = path.join(folder, 'executions.log');
    writeFileSync(log, '');
    writeFileSync(path.join(folder, 'agent.mjs'), source(log));
    writeFileSync(path.join(folder, 'proposing.mjs'), proposing);
    const program = [process.execPath, path.join(folder, 'proposing.mjs')];
    const agents: Record<string, object> = {
      backend: { role: 'backend', executor: { type: 'function', module: './agent.mjs' } },
      database: { role: 'database', executor: { type: 'function', module: './agent.mjs' } },
      proposing: { role: 'devops', executor: { type: 'command', command: program } },
    };
    fleet = await openTestFleet({
      backend,
      dataDir: folder,
      agents: Object.entries(agents).map(([name, spec]): Agent => ({
        name,
        ...agentSchema.parse({ concurrency: 3, ...spec }),
      })),
    });
  });
  afterAll(() => fleet.close());

  let runs = 0;
  const toTask = (task: object) => ({ title: 'T', role: 'backend', maxAttempts: 1, ...task });
  const submitPlan = async (plan: object, repository?: string) => {
    const request = { plan: { version: 1, title: 'Split', ...plan } };
    const { run } = await submitRun(
      fleet.maestro,
      repository === undefined ? request : { ...request, repository },
    );
    return run.id;
  };
  const submit = async (...tasks: object[]) => {
    const repository = makeRepository(path.join(folder, `repository-${runs++}`), { a: 'a\n' });
    return { runId: await submitPlan({ tasks: tasks.map(toTask) }, repository), repository };
  };
  const isDone = (runId: string) =>
    waitFor(async () => (await fleet.ended(runId)).state === 'done', {
      what: `the success of ${runId}`,
      timeoutMs: 60_000,
    });
  const executions = (runId: string) =>
    readFileSync(log, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as { run: string; id: string; seen: string[] })
      .filter(({ run }) => run === runId);
  const ran = (runId: string) => executions(runId).map(({ id }) => id);
  const part = (id: string, rest: object = {}) => ({ id, title: `Part ${id}`, ...rest });
  const begun = (runId: string, id: string) =>
    waitFor(() => ran(runId).includes(id), { what: `the start of ${id}` });

  test('waits for its parts, and for theirs, puts them together, and only then is done', async () => {
    const inner = [part('x'), part('y', { dependsOn: ['x'] })];
    const split = [
      part('a', { input: { split: inner } }),
      part('b', { role: 'database' }),
      part('c', { dependsOn: ['a', 'b'] }),
      part('d', { dependsOn: ['a'] }),
    ];
    const { runId, repository } = await submit(
      { id: 'first' },
      { id: 'large', dependsOn: ['first'], input: { split } },
      { id: 'after', dependsOn: ['large'] },
    );
    let shown = 0;
    await waitFor(
      async () => {
        const run = await getRun(db(), runId);
        const share = (await readProgress(db(), [run])).get(runId)?.share ?? 0;
        expect(share).toBeGreaterThanOrEqual(shown);
        shown = share;
        return run.state === 'done';
      },
      { what: 'its end', timeoutMs: 60_000 },
    );

    const order = ran(runId);
    const before = (one: string, other: string) =>
      expect(order.lastIndexOf(one)).toBeLessThan(order.lastIndexOf(other));
    for (const id of ['large--a--x', 'large--a--y', 'large--b', 'large--c', 'large--d']) {
      expect(order.filter((each) => each === id)).toHaveLength(1);
      before(id, 'large');
    }
    before('large--a--x', 'large--a--y');
    before('large--a--y', 'large--a');
    before('large--a', 'large--c');
    before('large', 'after');
    expect(executions(runId).findLast(({ id }) => id === 'large')?.seen).toEqual(
      ['first', ...order.filter((id) => id.includes('--'))]
        .filter((id, index, all) => all.indexOf(id) === index)
        .map((id) => `${id}.txt`)
        .sort(),
    );
    expect((await getTask(db(), runId, 'large')).result).toEqual({
      parts: ['large--a', 'large--b', 'large--c', 'large--d'],
      ...{ partOf: null, after: ['first'] },
    });
    // What comes first hears of what the whole depended on.
    expect((await getTask(db(), runId, 'large--b')).result).toEqual({
      ...{ parts: [], partOf: 'large', after: ['first'] },
    });
    expect((await getTask(db(), runId, 'large--b')).agent).toBe('database');
    expect(
      (await listAttempts(db(), runId, ['large'])).map(({ state, number }) => [state, number]),
    ).toEqual([
      ['split', 1],
      ['succeeded', 1],
    ]);
    const told = (await listMessages(db(), runId)).filter(({ type }) => type === 'TASK_SPLIT');
    expect(told.map(({ taskId }) => taskId)).toEqual(['large', 'large--a']);
    const files = git(repository, 'ls-tree', '-r', '--name-only', `aurora/${runId}`);
    expect(files.split('\n')).toHaveLength(1 + 9);
  });

  // What only the record has to do with is tested on one.
  if (backend.kind === 'postgres') {
    test('has failed when it wants to be split again, or too deeply', async () => {
      const { runId } = await submit({
        id: 'endless',
        input: { always: true, split: [part('p', { input: { split: [part('q')] } })] },
      });
      expect((await fleet.ended(runId)).state).toBe('blocked');
      const [open] = await listEscalations(db(), runId);
      expect(open).toMatchObject({ taskId: 'endless', kind: 'failure' });
      expect(open?.question).toContain('it was split before');
      // Its parts were split once more, and no further.
      expect((await getTask(db(), runId, 'endless--p--q')).splitDepth).toBe(2);
    });

    test('because its attempt failed with a proposal, after all else', async () => {
      const { runId } = await submit({
        ...{ id: 'proposes', role: 'devops' },
        input: { split: [part('one'), part('two', { dependsOn: ['one'] })] },
      });
      await isDone(runId);
      const attempts = await listAttempts(db(), runId, ['proposes']);
      expect(attempts.map(({ state, decision }) => [state, decision?.kind])).toEqual([
        ['failed', 'split'],
        ['succeeded', undefined],
      ]);
    });

    test('by a person who dies before the queue knows, while it waits for an answer', async () => {
      const { runId } = await submit({ id: 'asks', input: { ask: true } });
      expect((await fleet.ended(runId)).state).toBe('blocked');
      const [open] = await listEscalations(db(), runId);
      const parts = splitSchema.parse([part('a', { input: {} })]);
      await resolveEscalation(db(), open?.id as string, { action: 'split', parts });
      await reconcile(fleet.maestro);
      await isDone(runId);
      expect(ran(runId)).toEqual(['asks', 'asks--a', 'asks']);
    });

    test('is taken out of the plan with those of its parts that are not done', async () => {
      const gate = path.join(folder, 'amend-gate');
      const split = [part('a', { input: { waitFor: gate } }), part('b', { dependsOn: ['a'] })];
      const requirements = ['REQ-001', 'REQ-002'].map((id) => ({ id, title: id }));
      const tasks = [
        { id: 'large', requirements: ['REQ-001'], input: { split } },
        { id: 'other', requirements: ['REQ-002'] },
      ];
      const runId = await submitPlan({ requirements, tasks: tasks.map(toTask) });
      await begun(runId, 'large--a');
      await amendRun(fleet.maestro, runId, { change: 'Drop REQ-001.' });
      writeFileSync(gate, '');
      await isDone(runId);
      const states = (await listTasks(db(), runId)).map(({ id, state }) => `${id} ${state}`);
      expect(states).toEqual([
        ...['large skipped', 'other done', 'large--a done', 'large--b skipped'],
      ]);
    });

    test('by a person, who hears what cannot be', async () => {
      const { runId } = await submit({ id: 'fails', input: { fails: true } });
      expect((await fleet.ended(runId)).state).toBe('blocked');
      const [escalation] = await listEscalations(db(), runId);
      const id = escalation?.id as string;
      const answer = (...parts: object[]) =>
        answerEscalation(fleet.maestro, id, { action: 'split', parts: splitSchema.parse(parts) });
      await expect(answer(part('a', { role: 'frontend' }))).rejects.toThrow('"frontend"');
      await expect(answer(part('a', { dependsOn: ['b'] }))).rejects.toThrow('no task has the id');
      await answer(part('a', { input: {} }), part('b', { input: { fails: true } }));

      // A part that fails has an escalation of its own; the whole waits for that alone.
      const ofPart = await waitFor(async () => (await listEscalations(db(), runId))[0]);
      expect(ofPart.taskId).toBe('fails--b');
      expect((await fleet.ended(runId)).state).toBe('blocked');
      await answerEscalation(fleet.maestro, ofPart.id, { action: 'skip' });
      const again = await waitFor(async () =>
        (await listEscalations(db(), runId)).find(({ taskId }) => taskId === 'fails'),
      );
      await answerEscalation(fleet.maestro, again.id, {
        ...{ action: 'edit', changes: { input: {} }, agent: 'database' },
      });
      await isDone(runId);
      expect(await getTask(db(), runId, 'fails')).toMatchObject({
        ...{ agent: 'database', result: { parts: ['fails--a', 'fails--b'] } },
      });
    });
  }

  test('is paused, aborted and retried with its parts', async () => {
    const gate = path.join(folder, 'abort-gate');
    const parts = [part('a', { input: { waitFor: gate } }), part('b', { dependsOn: ['a'] })];
    const { runId } = await submit({ id: 'large', input: { split: parts } });
    await begun(runId, 'large--a');
    await pauseRun(fleet.maestro, runId);
    await resumeRun(fleet.maestro, runId);
    await abortRun(fleet.maestro, runId);
    expect((await fleet.ended(runId)).state).toBe('cancelled');
    const states = (await listTasks(db(), runId)).map(({ state }) => state);
    expect(states).toEqual(['cancelled', 'cancelled', 'cancelled']);
    expect(existsSync(gate)).toBe(false);
    writeFileSync(gate, '');
    await retryRun(fleet.maestro, runId);
    await isDone(runId);
    // It was split already: the second time it has nothing to say about that.
    expect(ran(runId).filter((id) => id === 'large')).toHaveLength(2);
  });

  test('survives that the queue loses all while its parts run', async () => {
    const gate = path.join(folder, 'lost-gate');
    const { runId } = await submit(
      {
        id: 'large',
        input: {
          split: [part('a', { input: { waitFor: gate } }), part('b', { dependsOn: ['a'] })],
        },
      },
      { id: 'after', dependsOn: ['large'] },
    );
    await begun(runId, 'large--a');
    await loseQueue(backend, fleet);
    await reconcile(fleet.maestro);
    writeFileSync(gate, '');
    await isDone(runId);
    expect(ran(runId).filter((id) => id === 'large--b')).toHaveLength(1);
  });
});
