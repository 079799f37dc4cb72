import path from 'node:path';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pino } from 'pino';
import { describe, expect, onTestFinished, test } from 'vitest';
import type {
  Executor,
  ExecutorContext,
  ExecutorInput,
  ExecutorResult,
} from '../../../src/agents/executor.ts';
import { watchOutput } from '../../../src/agents/output-watch.ts';
import { agentSchema } from '../../../src/domain/agent.ts';
import { taskSchema } from '../../../src/domain/task.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { waitFor } from '../../support/wait-for.ts';
import { isRunning } from './processes.ts';

/** What an agent does in the suite; each executor brings agents that do it. */
const behaviours = [
  'succeeds',
  'reports nothing',
  'fails',
  'fails for now',
  'fails for good',
  'prints 100 MB',
  'prints a secret',
  'never ends',
  'leaves a child behind',
  'leaves daemons behind',
  'reports something that is no result',
  'reports too much',
  'is missing',
] as const;
export type Behaviour = (typeof behaviours)[number];

const daemon = `trap "" TERM; echo $$ >> daemons; while :; do sleep 0.1; done`;
/**
 * For `sh -c`: what tries everything to outlive an attempt. One of its group, one of a session of its
 * own, one whose parent is gone; all of them deaf to SIGTERM and with its outputs open.
 */
export const leaveDaemons = `sh -c '${daemon}' & setsid sh -c '${daemon}' & (setsid sh -c '${daemon}' &)
  until test "$(grep -c . daemons 2>/dev/null)" = 3; do sleep 0.02; done`;

/** An input that uses every field. */
export function exampleInput(): ExecutorInput {
  const task = taskSchema.parse({
    id: 'api',
    title: 'Notes endpoints',
    role: 'backend',
    prompt: 'Write $& them',
    requirements: ['REQ-001'],
    verify: ['npm', 'test'],
    scope: ['src/**'],
  });
  const lesson = {
    ...{ id: 'working_1', taskId: 'api', tags: [], own: true, why: 'same task' },
    originalApproach: 'guessing',
    failureReason: 'a red test',
    improvedApproach: 'read the test first',
  };
  return {
    task,
    requirements: [
      { id: 'REQ-001', kind: 'functional', title: 'Notes', priority: 'must', acceptance: ['POST'] },
    ],
    dependencies: [{ id: 'schema', title: 'Schema', summary: 'one table', result: { tables: 1 } }],
    parts: [{ id: 'api--reads', title: 'Reads', summary: 'GET works', result: null }],
    partOf: { id: 'service', title: 'The service', prompt: 'Notes over HTTP.' },
    lessons: [lesson],
    answers: [{ question: 'Which database?', answer: { engine: 'postgres' } }],
    advice: ['Keep it small.'],
    handedOver: [{ from: 'frontend', reason: 'needs SQL', notes: 'see schema.sql' }],
    clash: null,
    context: [{ content: 'uses Fastify', why: ['same project'] }],
    leftOut: 2,
  };
}

/** Of this process alone: what an attempt leaves running is found by its run. */
export const exampleRun = `run${process.pid}`;

/** A line on which nobody is heard. */
const silentLine: ExecutorContext['line'] = {
  send: () => Promise.resolve(null),
  onDiscovery: () => () => undefined,
  web: undefined,
};

export async function exampleContext(
  changes: Partial<ExecutorContext> = {},
): Promise<ExecutorContext> {
  const executor = { type: 'command', command: ['true'] };
  return {
    runId: exampleRun,
    agent: { name: 'backend', ...agentSchema.parse({ role: 'backend', executor }) },
    attempt: 2,
    epoch: 7,
    directory: await tempDir(),
    privateDirectory: path.join(await tempDir(), 'private'),
    configDirectory: import.meta.dirname,
    signal: new AbortController().signal,
    env: { PATH: process.env['PATH'] ?? '', SERVICE_TOKEN: 'hush-hush-123' },
    onOutput: () => {},
    onFile: () => {},
    line: silentLine,
    ...changes,
  };
}

/** What every executor owes, whatever its agent does. */
export function describeExecutor(
  name: string,
  make: (behaviour: Behaviour) => Executor | Promise<Executor>,
  {
    usage = { inputTokens: 10, costUsd: 0.5 },
    cannot = [],
  }: {
    readonly usage?: ExecutorResult['usage'];
    /** What an agent of this kind cannot do. */
    readonly cannot?: readonly Behaviour[];
  } = {},
): void {
  const can = (behaviour: Behaviour) => !cannot.includes(behaviour);
  const execute = async (behaviour: Behaviour, changes: Partial<ExecutorContext> = {}) =>
    (await make(behaviour))(exampleInput(), await exampleContext(changes));

  describe(`${name} conforms`, () => {
    test('success, with all that the agent may report', async () => {
      expect(await execute('succeeds')).toEqual({
        ok: true,
        result: {
          summary: 'did api, attempt 2, after 1 lesson',
          result: { files: ['a\ufffdb'] },
          usage,
          patterns: [{ content: 'works', tags: ['x'] }],
        },
        outputTail: expect.stringContaining('working'),
      });
    });

    test('success without a report', async () => {
      expect(await execute('reports nothing')).toMatchObject({ ok: true, result: {} });
    });

    test.each([
      ['fails', 'error'],
      ['fails for now', 'transient'],
      ['fails for good', 'permanent'],
      ['is missing', 'permanent'],
    ] as const)('an agent that %s: %s', async (behaviour, failureClass) => {
      const outcome = await execute(behaviour);
      expect(outcome).toMatchObject({ ok: false, failure: { class: failureClass } });
      if (outcome.ok || behaviour === 'is missing') return;
      expect(outcome.failure.evidence).toContain('about to fail');
      expect(outcome.outputTail).toBe(outcome.failure.evidence);
    });

    test('100 MB of output', async () => {
      const outcome = await execute('prints 100 MB');
      expect(outcome).toMatchObject({ ok: true });
      expect(outcome.outputTail).toHaveLength(64 * 1024);
      expect(outcome.outputTail.trimEnd()).toMatch(/the end$/);
    });

    test('secrets of its environment are masked', async () => {
      let live = '';
      const outcome = await execute('prints a secret', { onOutput: (chunk) => (live += chunk) });
      const everything = JSON.stringify(outcome) + live;
      expect(everything).not.toContain('hush-hush-123');
      expect(everything).toContain('***');
    });

    test('an agent that never ends and ignores every request: time-out', async () => {
      const outcome = await execute('never ends', { signal: AbortSignal.timeout(1_000) });
      expect(outcome).toMatchObject({ ok: false, failure: { class: 'timeout' } });
    });

    test('an agent that never ends and ignores every request: cancelled', async () => {
      const controller = new AbortController();
      const outcome = execute('never ends', {
        signal: controller.signal,
        onOutput: (chunk) =>
          chunk.includes('on and on') && controller.abort(new Error('not needed any more')),
      });
      expect(await outcome).toMatchObject({
        ok: false,
        failure: { class: 'cancelled', message: expect.stringContaining('not needed any more') },
      });
    });

    test('an agent that falls silent: stopped after its idle timeout, and failed', async () => {
      const { agent, signal } = await exampleContext();
      const patience = { ...agent, idleTimeout: 400 };
      const log = pino({ level: 'silent' });
      const fence = { runId: exampleRun, taskId: 'api', epoch: 7 };
      const watch = watchOutput({ running: new Map(), log }, patience, {}, fence, signal);
      onTestFinished(watch.close);
      expect(await execute('never ends', watch)).toMatchObject({
        ok: false,
        failure: { class: 'timeout', message: expect.stringMatching(/printed nothing for 400 ms/) },
      });
    });

    test('aborted before it began', async () => {
      const outcome = await execute('succeeds', { signal: AbortSignal.abort(new Error('late')) });
      expect(outcome).toMatchObject({ ok: false, failure: { class: 'cancelled' } });
    });

    test('no child stays behind', async () => {
      const directory = await tempDir();
      expect(await execute('leaves a child behind', { directory })).toMatchObject({ ok: true });
      const pid = Number(await readFile(join(directory, 'child.pid'), 'utf8'));
      expect(pid).toBeGreaterThan(1);
      await waitFor(() => !isRunning(pid), { what: 'end of the child' });
    });

    test('no daemon stays behind either', async () => {
      const directory = await tempDir();
      expect(await execute('leaves daemons behind', { directory })).toMatchObject({ ok: true });
      const pids = (await readFile(join(directory, 'daemons'), 'utf8')).trim().split('\n');
      expect(pids).toHaveLength(3);
      expect(pids.map(Number).filter(isRunning)).toEqual([]);
    });

    const bad = [
      ['reports something that is no result', /cannot be used.*summary/s],
      ['reports too much', /cannot be used.*1 MB/],
    ] as const;
    test.each(bad.filter(([behaviour]) => can(behaviour)))(
      'an agent that %s has failed',
      async (behaviour, message) => {
        expect(await execute(behaviour)).toMatchObject({
          ok: false,
          failure: { class: 'error', message: expect.stringMatching(message) },
          result: {},
        });
      },
    );

    test('leaves no file of ours in the worktree', async () => {
      const directory = await tempDir();
      await execute('succeeds', { directory });
      expect(await readdir(directory)).toEqual([]);
    });
  });
}
