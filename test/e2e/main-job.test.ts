import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Agent } from '../../src/domain/agent.ts';
import { answerEscalation } from '../../src/maestro/answer-escalation.ts';
import { abortRun } from '../../src/maestro/run-control.ts';
import { submitRun } from '../../src/maestro/submit-run.ts';
import { listEscalations } from '../../src/storage/escalation-store.ts';
import { listMessages } from '../../src/storage/message-store.ts';
import { listAttempts, listTasks } from '../../src/storage/task-store.ts';
import { describeEachBackend } from '../support/backends.ts';
import { openTestFleet, type TestFleet } from '../support/fleet.ts';
import { git, makeRepository } from '../support/repository.ts';
import { tempDir } from '../support/temp-dir.ts';
import { waitFor } from '../support/wait-for.ts';

/**
 * An agent as a program: appends to the files that its input names, notes each execution in a log of
 * its own, and heeds lessons.
 */
const program = `
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const { task, lessons, dependencies } = JSON.parse(Buffer.concat(chunks).toString());
appendFileSync(process.env.EFFECTS, task.id + ' ' + dependencies.map((d) => d.id).join(',') + '\\n');
if (task.input.sleep) await new Promise((resolve) => setTimeout(resolve, task.input.sleep));
if (task.input.fail) { console.error('cannot do it'); process.exit(task.input.fail); }
for (const file of task.input.files ?? []) {
  mkdirSync(path.dirname(path.resolve(file)), { recursive: true });
  appendFileSync(file, task.id + '\\n');
}
if (task.input.needsLesson) {
  const learned = lessons.some((lesson) => lesson.failureReason.includes('rule: say please'));
  writeFileSync('polite.txt', learned ? 'please' : 'now');
}
writeFileSync(process.env.AURORA_RESULT_FILE, JSON.stringify({
  summary: 'did ' + task.id,
  patterns: task.input.pattern ? [{ content: task.input.pattern }] : [],
}));
`;

describeEachBackend('the main job', (backend) => {
  let fleet: TestFleet;
  let folder: string;
  let effects: string;
  const repositories = () => path.join(folder, 'repositories');

  beforeAll(async () => {
    folder = await tempDir();
    effects = path.join(folder, 'effects.log');
    writeFileSync(effects, '');
    writeFileSync(path.join(folder, 'agent.mjs'), program);
    const agent = (name: string, role: Agent['role']): Agent => ({
      name,
      role,
      capabilities: [],
      weight: 1,
      concurrency: 3,
      executor: {
        type: 'command',
        command: ['env', `EFFECTS=${effects}`, 'node', path.join(folder, 'agent.mjs')],
        env: [],
      },
    });
    fleet = await openTestFleet({
      backend,
      dataDir: folder,
      agents: [agent('backend', 'backend'), agent('frontend', 'frontend')],
    });
  });
  afterAll(() => fleet.close());

  const submit = async (name: string, tasks: object[], files: Record<string, string> = {}) => {
    const repository = makeRepository(path.join(repositories(), name), {
      'README.md': 'Here.\n',
      ...files,
    });
    const { run } = await submitRun(fleet.maestro, {
      plan: { version: 1, title: name, tasks },
      repository,
    });
    return { runId: run.id, repository };
  };
  const executions = (taskId: string) =>
    readFileSync(effects, 'utf8')
      .split('\n')
      .filter((line) => line.split(' ')[0] === taskId).length;

  test('a DAG with diamonds becomes one branch with one merge per task', async () => {
    const task = (id: string, dependsOn: string[], role = 'backend') => ({
      ...{ id: `d-${id}`, title: id, role },
      dependsOn: dependsOn.map((each) => `d-${each}`),
      input: { files: [`${id}.txt`, `shared/${id}.txt`] },
    });
    const { runId, repository } = await submit('diamonds', [
      task('a', []),
      task('b', ['a']),
      task('c', ['a'], 'frontend'),
      task('d', ['a']),
      task('e', ['b', 'c'], 'frontend'),
      task('f', ['c', 'd', 'a']),
      task('g', ['e', 'f', 'b']),
    ]);
    expect((await fleet.ended(runId)).state).toBe('done');
    const branch = `aurora/${runId}`;
    const subjects = git(repository, 'log', '--merges', '--format=%s', branch).split('\n');
    expect(subjects).toHaveLength(7);
    expect(git(repository, 'ls-tree', '--name-only', branch)).toContain('g.txt');
    const trailers = git(
      repository,
      'log',
      '--format=%(trailers:key=Aurora-Task,valueonly,separator=%x2C)',
      '--first-parent',
      `main..${branch}`,
    );
    expect(trailers.split('\n').sort()).toEqual(
      ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((id) => `d-${id}`),
    );
    for (const id of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) expect(executions(`d-${id}`)).toBe(1);
    // No task saw fewer dependencies than it has: all were finished when it started.
    expect(readFileSync(effects, 'utf8')).toContain('d-g d-b,d-e,d-f');
    expect(git(repository, 'worktree', 'list').split('\n')).toHaveLength(1);
    expect(git(repository, 'status', '--porcelain')).toBe('');
    const worktrees = path.join(folder, 'data', 'worktrees');
    const left = existsSync(worktrees) ? readdirSync(worktrees, { recursive: true }) : [];
    expect(left.filter((each) => String(each).includes('d-'))).toEqual([]);
  });

  test('a red check fails the attempt; the next one gets the lesson and succeeds by it', async () => {
    const check =
      "const t = require('fs').readFileSync('polite.txt', 'utf8');" +
      "if (t !== 'please') { console.error('error: broken rule: say please'); process.exit(1); }";
    const { runId } = await submit('lesson', [
      {
        ...{ id: 'polite', title: 'Be polite', role: 'backend', input: { needsLesson: true } },
        verify: ['node', '-e', check],
      },
    ]);
    expect((await fleet.ended(runId)).state).toBe('done');
    const attempts = await listAttempts(fleet.services.database.db, runId);
    expect(attempts.map((each) => [each.number, each.state])).toEqual([
      [1, 'failed'],
      [2, 'succeeded'],
    ]);
    expect(attempts[0]?.failure?.class).toBe('verify');
    // The seed's table: attempt 1 is followed by a delay of 1 to 2 s.
    expect(attempts[0]?.retryDelay).toBeGreaterThanOrEqual(1_000);
    expect(attempts[0]?.retryDelay).toBeLessThanOrEqual(2_000);
    const waited =
      (attempts[1]?.startedAt.getTime() ?? 0) - (attempts[0]?.finishedAt?.getTime() ?? 0);
    expect(waited).toBeGreaterThanOrEqual(990);
    expect(attempts[1]?.lessons).toHaveLength(1);
    const types = (await listMessages(fleet.services.database.db, runId)).map(({ type }) => type);
    expect(types).toEqual(
      expect.arrayContaining([
        'RUN_SUBMITTED',
        'RUN_PLANNED',
        'TASK_CREATED',
        'TASK_PROGRESS',
        'TASK_FAILED',
        'CONTEXT_REQUEST',
        'CONTEXT_RESPONSE',
        'TASK_COMPLETE',
        'RUN_FINISHED',
      ]),
    );
  });

  test('work that conflicts is done again on top of what others merged', async () => {
    const { runId, repository } = await submit(
      'conflict',
      ['x', 'y', 'z'].map((id) => ({
        ...{ id: `c-${id}`, title: id, role: 'backend' },
        input: { files: ['same.txt'], sleep: 200 },
      })),
      { 'same.txt': 'top\n' },
    );
    expect((await fleet.ended(runId)).state).toBe('done');
    const lines = git(repository, 'show', `aurora/${runId}:same.txt`).split('\n');
    expect([...lines].sort()).toEqual(['c-x', 'c-y', 'c-z', 'top']);
  });

  test('a permanent failure blocks the run with a question; its answer lets it go on', async () => {
    const { runId } = await submit('blocked', [
      { id: 'p-bad', title: 'Bad', role: 'backend', input: { fail: 78 } },
      { id: 'p-good', title: 'Good', role: 'frontend', input: { files: ['good.txt'] } },
      { id: 'p-after', title: 'After', role: 'backend', dependsOn: ['p-bad', 'p-good'] },
    ]);
    expect((await fleet.ended(runId)).state).toBe('blocked');
    expect(executions('p-bad')).toBe(1);
    expect(executions('p-good')).toBe(1);
    expect(executions('p-after')).toBe(0);
    const [escalation, ...others] = await listEscalations(fleet.services.database.db, runId);
    expect(others).toEqual([]);
    const answers = await Promise.allSettled(
      [1, 2].map(() =>
        answerEscalation(fleet.maestro, escalation?.id as string, {
          action: 'skip',
          note: 'not needed',
        }),
      ),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    await waitFor(async () => (await fleet.ended(runId)).state === 'done');
    expect(executions('p-after')).toBe(1);
    const tasks = await listTasks(fleet.services.database.db, runId);
    expect(tasks.map(({ state }) => state)).toEqual(['skipped', 'done', 'done']);
  });

  test('an abort stops what runs, drops what waits, and ends the run', async () => {
    const { runId } = await submit('abort', [
      { id: 'a-long', title: 'Long', role: 'backend', input: { sleep: 60_000 } },
      { id: 'a-next', title: 'Next', role: 'backend', dependsOn: ['a-long'] },
    ]);
    await waitFor(() => executions('a-long') === 1);
    await abortRun(fleet.maestro, runId);
    expect((await fleet.ended(runId)).state).toBe('cancelled');
    expect(executions('a-next')).toBe(0);
  });

  test('what an agent found to work is known to the next task', async () => {
    const pattern = 'Use the frobnicator library for parsing quux files';
    const { runId } = await submit('pattern', [
      { id: 'k-finder', title: 'Parse quux files', role: 'backend', input: { pattern } },
    ]);
    const run = await fleet.ended(runId);
    expect(run.state).toBe('done');
    const found = await fleet.services.memory.retrieve({
      query: 'How to parse quux files',
      projectId: run.projectId,
      limit: 5,
    });
    expect(found.items[0]?.content).toBe(pattern);
  });

  test('the same idempotency key is the same run', async () => {
    const plan = {
      version: 1,
      title: 'once',
      tasks: [{ id: 'o-one', title: 'One', role: 'backend' }],
    };
    const request = { plan, idempotencyKey: 'once' };
    const first = await submitRun(fleet.maestro, request);
    const second = await submitRun(fleet.maestro, request);
    expect(second.run.id).toBe(first.run.id);
    expect([first.created, second.created]).toEqual([true, false]);
    await expect(
      submitRun(fleet.maestro, { ...request, plan: { ...plan, title: 'other' } }),
    ).rejects.toMatchObject({ code: 'idempotency-conflict' });
    expect((await fleet.ended(first.run.id)).state).toBe('done');
    expect(executions('o-one')).toBe(1);
  });

  test('a job on the requirements queue is a submission', async () => {
    const job = await fleet.services.queues.requirements.add('requirement', {
      plan: {
        version: 1,
        title: 'queued',
        tasks: [{ id: 'q-one', title: 'One', role: 'backend' }],
      },
      project: 'queued',
    });
    await waitFor(() => executions('q-one') === 1);
    const done = await waitFor(async () => {
      const found = await fleet.services.queues.requirements.getJob(job.id as string);
      return found?.returnvalue as { runId: string } | undefined;
    });
    expect((await fleet.ended(done.runId)).state).toBe('done');
  });
});
