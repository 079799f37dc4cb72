import { existsSync, writeFileSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import path from 'node:path';
import { UnrecoverableError } from 'bullmq';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { mergeIntoRun } from '../../src/agents/merge-into-run.ts';
import { openMirrors, startFleet, type Fleet } from '../../src/runtime/fleet.ts';
import { planRun } from '../../src/maestro/plan-run.ts';
import { reconcile } from '../../src/maestro/reconciler.ts';
import { submitRun } from '../../src/maestro/submit-run.ts';
import { linkJobId, planJobId, taskJobId } from '../../src/queue/job-names.ts';
import { releaseLinks } from '../../src/queue/run-flow.ts';
import { completeTask, prepareOutcome } from '../../src/storage/attempt-store.ts';
import { processMark } from '../../src/storage/local-server/process-mark.ts';
import { listEscalations, resolveEscalation } from '../../src/storage/escalation-store.ts';
import { savePlan } from '../../src/storage/plan-store.ts';
import { getRun } from '../../src/storage/run-store.ts';
import { getTask, listAttempts } from '../../src/storage/task-store.ts';
import { describeEachBackend } from '../support/backends.ts';
import { openTestFleet, type TestFleet } from '../support/fleet.ts';
import { git, makeRepository } from '../support/repository.ts';
import { tempDir } from '../support/temp-dir.ts';
import { waitFor } from '../support/wait-for.ts';
import { emptyRecord, failAttempt, planOf } from '../storage/planned-run.ts';
import { moduleAgent } from './agent-module.ts';
import { commitWork, openDeadWorker } from './dead-worker.ts';
import { loseQueue } from './lose-queue.ts';

describeEachBackend('recovery', (backend) => {
  let folder: string;
  /** Services alone; each test starts the fleet when its damage is done. */
  let base: TestFleet;
  let agent: ReturnType<typeof moduleAgent>;
  let fleet: Fleet | undefined;
  const db = () => base.services.database.db;

  beforeAll(async () => {
    folder = await tempDir();
    agent = moduleAgent(folder);
    base = await openTestFleet({
      backend,
      agents: [agent.agent],
      dataDir: folder,
      parts: { maestro: false, agents: [] },
    });
  });
  afterEach(async () => {
    await fleet?.close();
    fleet = undefined;
  });
  afterAll(() => base.close());

  const start = async () => {
    fleet = await startFleet(base.services, { web: false, maestro: true, agents: [agent.agent] });
  };

  const submit = async (name: string, tasks: Record<string, object>) => {
    const repository = makeRepository(path.join(folder, 'repositories', name), { a: 'a\n' });
    const { run } = await submitRun(base.maestro, {
      plan: {
        version: 1,
        title: name,
        tasks: Object.entries(tasks).map(([id, rest], index) => ({
          ...{ id, title: id, role: 'backend', priority: index + 1 },
          ...{ input: { file: `${id}.txt` }, ...rest },
        })),
      },
      repository,
    });
    return { runId: run.id, repository };
  };

  /** Which task each merge of the run's branch is of, oldest first. */
  const merges = (repository: string, runId: string): string[] => {
    const format = '--format=%(trailers:key=Aurora-Task,valueonly,separator=%x2C)';
    const range = `main..aurora/${runId}`;
    const args = ['--first-parent', '--merges', '--reverse'];
    return git(repository, 'log', ...args, format, range).split('\n');
  };

  test('whatever a killed worker had come to, each task takes effect once', async () => {
    const { runId, repository } = await submit('killed', {
      prepared: {},
      published: {},
      completed: {},
      taken: {},
      after: { dependsOn: ['prepared', 'published', 'completed', 'taken'] },
      // Has a link to "after" and its primary edge to "last", or the other way round.
      last: { dependsOn: ['completed', 'after'] },
    });
    await planRun(base.maestro, runId);
    const workspaces = {
      mirrors: openMirrors(base.services),
      worktreesRoot: path.join(folder, 'data', 'worktrees'),
    };
    const worker = await openDeadWorker(base.services, 'backend');
    const mergeCommits = new Map<string, string>();
    for (const steps of [1, 2, 3]) {
      const { claimed, fence } = await worker.claim(await worker.takeJob());
      const workCommit = await commitWork(workspaces, claimed, fence, (directory) =>
        writeFileSync(path.join(directory, `${fence.taskId}.txt`), 'by hand\n'),
      );
      const outcome = { workCommit, summary: 'by hand', result: null };
      const prepare = async () =>
        expect(await prepareOutcome(db(), fence, outcome)).toBe('prepared');
      await prepare();
      if (steps === 1) continue;
      const merged = await mergeIntoRun(workspaces, claimed, workCommit, {
        beforePublish: prepare,
      });
      if (merged.kind !== 'merged') throw new Error('conflict');
      mergeCommits.set(fence.taskId, merged.mergeCommit);
      if (steps === 2) continue;
      const { mergeCommit } = merged;
      expect(await completeTask(db(), fence, { ...emptyRecord, ...outcome, mergeCommit })).toBe(
        true,
      );
    }
    // The slot that had just finished a task takes another job, and dies before it claims the task.
    expect((await worker.takeJob()).data.taskId).toBe('taken');
    await worker.close();

    await start();
    expect((await base.ended(runId)).state).toBe('done');
    expect(['prepared', 'published', 'completed'].flatMap(agent.executions)).toEqual([]);
    expect(['taken', 'after', 'last'].map((id) => agent.executions(id).length)).toEqual([1, 1, 1]);
    const order = merges(repository, runId);
    expect([...order].sort()).toEqual(
      ['after', 'completed', 'last', 'prepared', 'published', 'taken'].sort(),
    );
    expect(order.slice(-2)).toEqual(['after', 'last']);
    // What was published before the crash is recorded as what it is.
    for (const [taskId, commit] of mergeCommits) {
      expect((await getTask(db(), runId, taskId)).mergeCommit).toBe(commit);
    }
    const attempts = await listAttempts(db(), runId, ['prepared', 'published', 'completed']);
    expect(attempts.map(({ taskId, state }) => [taskId, state])).toEqual([
      ['completed', 'succeeded'],
      ['prepared', 'lost'],
      ['prepared', 'succeeded'],
      ['published', 'lost'],
      ['published', 'succeeded'],
    ]);
    // Work that is merged needs no ref of its own any more.
    await waitFor(() => git(repository, 'for-each-ref', 'refs/aurora') === '');
  });

  test('a final failure that the queue has not heard of blocks the run, and an answer that it has not heard of lets it go on', async () => {
    const { runId } = await submit('failed', { f_bad: {}, f_after: { dependsOn: ['f_bad'] } });
    await planRun(base.maestro, runId);
    const worker = await openDeadWorker(base.services, 'backend');
    const { fence } = await worker.claim(await worker.takeJob());
    await failAttempt(db(), fence, { class: 'permanent', message: 'no' }, null, emptyRecord);
    await worker.close();
    await start();
    expect((await base.ended(runId)).state).toBe('blocked');
    const jobId = taskJobId(runId, 0, 'f_bad', 1);
    const isFailed = async () =>
      (await base.services.queues.of({ shard: 0 }).agent('backend').getJob(jobId))?.isFailed();
    await waitFor(isFailed);
    // However often one looks, a task that has failed by our own rule stays failed.
    await reconcile(base.maestro);
    expect(await isFailed()).toBe(true);
    const [escalation] = await listEscalations(db(), runId);
    // Whoever answered died before the job was put back to work.
    await resolveEscalation(db(), escalation?.id as string, { action: 'retry' });
    await reconcile(base.maestro);
    await waitFor(async () => (await base.ended(runId)).state === 'done');
    expect(agent.executions('f_bad')).toHaveLength(1);
    expect(agent.executions('f_after')).toHaveLength(1);
  });

  test('jobs that the queue has given up or holds back are mended', async () => {
    const { runId, repository } = await submit('mended', {
      m_root: {},
      m_given: {},
      m_slow: {},
      m_x: { dependsOn: ['m_root', 'm_slow'] },
      m_y: { dependsOn: ['m_root', 'm_slow'] },
      m_end: { dependsOn: ['m_given', 'm_x', 'm_y'] },
    });
    await planRun(base.maestro, runId);
    const queues = base.services.queues.of({ shard: 0 });
    const worker = await openDeadWorker(base.services, 'backend');
    const root = await worker.takeJob();
    const { fence } = await worker.claim(root);
    await completeTask(db(), fence, { ...emptyRecord, result: null, mergeCommit: null });
    await releaseLinks(queues, root.data);
    await root.moveToCompleted(null, worker.lockToken, false);
    // A client that sent the flow twice has brought a link back that was removed.
    const [parked] = root.data.links;
    await queues.links.add(
      'link',
      { runId },
      {
        jobId: linkJobId(runId, 0, 'm_root', parked as string),
        priority: 1,
        parent: {
          id: taskJobId(runId, 0, parked as string, 1),
          queue: queues.agent('backend').qualifiedName,
        },
      },
    );
    const given = await worker.takeJob();
    await given.moveToFailed(new UnrecoverableError('stalled too often'), worker.lockToken, false);
    await worker.close();

    await start();
    await waitFor(async () => (await getTask(db(), runId, 'm_slow')).state === 'done');
    await waitFor(async () => {
      await reconcile(base.maestro);
      return (await getRun(db(), runId)).state === 'done';
    });
    expect((await getRun(db(), runId)).generation).toBe(0);
    const ran = ['m_given', 'm_slow', 'm_x', 'm_y', 'm_end'];
    // Under whatever epoch: an attempt may end before its agent begins.
    for (const id of ran) expect(agent.executions(id), id).toHaveLength(1);
    expect([...merges(repository, runId)].sort()).toEqual([...ran].sort());
  });

  test('a run that lost one of its jobs goes on in a new flow, and the old one has no say', async () => {
    const { runId, repository } = await submit('partly', {
      l_lost: {},
      l_other: {},
      l_end: { dependsOn: ['l_lost', 'l_other'] },
    });
    await planRun(base.maestro, runId);
    expect(
      await base.services.queues
        .of({ shard: 0 })
        .agent('backend')
        .remove(taskJobId(runId, 0, 'l_lost', 1)),
    ).toBe(1);
    await start();
    expect((await base.ended(runId)).state).toBe('done');
    expect((await getRun(db(), runId)).generation).toBe(1);
    const ran = ['l_lost', 'l_other', 'l_end'];
    // Under whatever epoch: an attempt may end before its agent begins.
    for (const id of ran) expect(agent.executions(id), id).toHaveLength(1);
    expect([...merges(repository, runId)].sort()).toEqual([...ran].sort());
  });

  test('a run whose planning job, or whose flow, never reached the queue is taken up', async () => {
    const submitted = await submit('submitted', { s_one: {} });
    const planned = await submit('planned', { s_two: {}, s_three: { dependsOn: ['s_two'] } });
    for (const { runId } of [submitted, planned]) {
      expect(await base.services.queues.of({ shard: 0 }).maestro.remove(planJobId(runId))).toBe(1);
    }
    await savePlan(db(), planOf(planned.runId, { s_two: [], s_three: ['s_two'] }));
    expect((await getRun(db(), planned.runId)).state).toBe('planned');
    await start();
    for (const { runId } of [submitted, planned]) {
      expect((await base.ended(runId)).state).toBe('done');
    }
    expect(['s_one', 's_two', 's_three'].flatMap(agent.executions)).toEqual([1, 1, 1]);
  });

  test('many that enqueue one run at once make one flow', async () => {
    const { runId, repository } = await submit('raced', {
      r_a: {},
      r_b: { dependsOn: ['r_a'] },
      r_c: { dependsOn: ['r_a'] },
      r_d: { dependsOn: ['r_b', 'r_c'] },
    });
    await start();
    await Promise.all(Array.from({ length: 8 }, () => planRun(base.maestro, runId)));
    expect((await base.ended(runId)).state).toBe('done');
    expect(['r_a', 'r_b', 'r_c', 'r_d'].flatMap(agent.executions)).toEqual([1, 1, 1, 1]);
    expect(merges(repository, runId)).toHaveLength(4);
  });

  test('a repository that is away when the run ends does not hold up its end', async () => {
    const { runId, repository } = await submit('away', { w_only: {} });
    await planRun(base.maestro, runId);
    const worker = await openDeadWorker(base.services, 'backend');
    const { fence } = await worker.claim(await worker.takeJob());
    await completeTask(db(), fence, { ...emptyRecord, result: null, mergeCommit: null });
    await worker.close();
    await rename(repository, `${repository}-away`);
    await start();
    expect((await base.ended(runId)).state).toBe('done');
  });

  test('a queue that lost all it had is built again from the record', async () => {
    // One run whose only task is finished in the record, and not in the queue.
    const late = await submit('late', { e_only: {} });
    await planRun(base.maestro, late.runId);
    const mark = await processMark(process.pid);
    const worker = await openDeadWorker(base.services, 'backend', mark);
    const { fence } = await worker.claim(await worker.takeJob());
    await completeTask(db(), fence, { ...emptyRecord, result: null, mergeCommit: null });
    await worker.close();
    // And one in the middle.
    const go = path.join(folder, 'go');
    const { runId, repository } = await submit('flushed', {
      q_done: {},
      q_running: { dependsOn: ['q_done'], input: { waitFor: go, file: 'running.txt' } },
      q_beside: { dependsOn: ['q_done'] },
      q_end: { dependsOn: ['q_running', 'q_beside', 'q_done'] },
    });
    await start();
    await waitFor(() => agent.executions('q_running').length === 1);
    await waitFor(async () => (await getTask(db(), runId, 'q_beside')).state === 'done');
    expect((await getRun(db(), late.runId)).state).toBe('running');
    await loseQueue(backend, base);
    await reconcile(base.maestro);
    expect((await base.ended(late.runId)).state).toBe('done');
    expect(agent.executions('e_only')).toEqual([]);
    const run = await base.ended(runId);
    expect([run.state, run.generation]).toEqual(['done', 1]);
    expect(['q_done', 'q_beside', 'q_end'].flatMap(agent.executions)).toEqual([1, 1, 1]);
    // The attempt that was under way lost its job with the queue; the next one took its place.
    expect(agent.executions('q_running')).toEqual([1, 2]);
    const branch = git(repository, 'rev-parse', `aurora/${runId}`);
    expect(merges(repository, runId)).toHaveLength(4);
    // The first one ends at last, in vain.
    writeFileSync(go, '');
    const left = path.join(folder, 'data', 'worktrees', runId);
    await waitFor(() => !existsSync(left));
    expect(git(repository, 'rev-parse', `aurora/${runId}`)).toBe(branch);
    const states = (await listAttempts(db(), runId, ['q_running'])).map(({ state }) => state);
    expect(states).toEqual(['lost', 'succeeded']);
    // And the queue serves new runs.
    const next = await submit('after-the-flood', { q_next: {} });
    expect((await base.ended(next.runId)).state).toBe('done');
  });
});
