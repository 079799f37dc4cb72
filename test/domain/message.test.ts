import { describe, expect, test } from 'vitest';
import { checkMessage, messageTypes, type MessageDraft } from '../../src/domain/message.ts';
import { partyKindOf } from '../../src/domain/message-party.ts';

const attempt = { runId: 'run_1', taskId: 'api', epoch: 3 };

/** One good message of each type. */
const good: Record<MessageDraft['type'], MessageDraft> = Object.fromEntries(
  (
    [
      { type: 'TASK_CREATED', sender: 'maestro', recipient: 'agent:a', payload: { title: 'A' } },
      {
        type: 'TASK_ASSIGNED',
        sender: 'maestro',
        recipient: 'worker:w',
        payload: { agent: 'a', attempt: 1 },
      },
      {
        type: 'TASK_REASSIGNED',
        sender: 'maestro',
        recipient: 'agent:b',
        payload: { from: 'a', cause: 'rerouted', reason: 'a has no worker' },
      },
      {
        ...{ type: 'TASK_SPLIT', sender: 'maestro', recipient: 'all' },
        payload: { parts: ['api--reads', 'api--writes'], reason: 'too large' },
      },
      {
        type: 'TASK_PROGRESS',
        sender: 'agent:a',
        recipient: 'maestro',
        payload: { stage: 'testing', share: 0.5 },
      },
      { type: 'TASK_COMPLETE', sender: 'agent:a', recipient: 'maestro', payload: {} },
      {
        type: 'TASK_FAILED',
        sender: 'agent:a',
        recipient: 'maestro',
        payload: { class: 'verify', message: 'red', final: false, retryDelay: 1_000 },
      },
      { type: 'CONTEXT_REQUEST', sender: 'agent:a', recipient: 'memory', payload: { query: 'q' } },
      {
        type: 'CONTEXT_RESPONSE',
        sender: 'memory',
        recipient: 'agent:a',
        payload: { lessons: [], items: ['m'], completeness: 1 },
      },
      { type: 'PATTERN_STORE', sender: 'agent:a', recipient: 'memory', payload: { content: 'c' } },
      {
        type: 'ESCALATION_OPENED',
        sender: 'maestro',
        recipient: 'human',
        payload: { reason: 'r' },
      },
      {
        type: 'ESCALATION_RESOLVED',
        sender: 'human',
        recipient: 'maestro',
        payload: { action: 'retry' },
      },
      {
        ...{ type: 'AGENT_SUSPENDED', sender: 'maestro', recipient: 'all' },
        payload: { agent: 'a', reason: 'r' },
      },
      {
        ...{ type: 'AGENT_RESUMED', sender: 'maestro', recipient: 'all' },
        payload: { agent: 'a', by: 'b' },
      },
      { type: 'RUN_SUBMITTED', sender: 'producer', recipient: 'maestro', payload: { title: 't' } },
      {
        type: 'RUN_PLANNED',
        sender: 'maestro',
        recipient: 'all',
        payload: { tasks: 1, requirements: 1 },
      },
      { type: 'RUN_STARTED', sender: 'maestro', recipient: 'all', payload: {} },
      { type: 'RUN_PAUSED', sender: 'maestro', recipient: 'all', payload: {} },
      {
        ...{ type: 'SCOPE_MOVED', sender: 'agent:a', recipient: 'agent:b' },
        payload: { by: 'api', commit: 'c0ffee', files: ['src/api.ts'] },
      },
      {
        ...{ type: 'FILES_SHARED', sender: 'agent:a', recipient: 'agent:b' },
        payload: { with: 'api', files: ['src/api.ts'] },
      },
      { type: 'RUN_BUDGET_LOW', sender: 'maestro', recipient: 'all', payload: { share: 0.8 } },
      { type: 'RUN_RESUMED', sender: 'maestro', recipient: 'all', payload: {} },
      { type: 'RUN_APPROVED', sender: 'human', recipient: 'maestro', payload: { by: 'b' } },
      {
        ...{ type: 'RUN_AMENDED', sender: 'human', recipient: 'all' },
        payload: { revision: 2, tasks: 1 },
      },
      {
        ...{ type: 'HANDOFF', sender: 'agent:a', recipient: 'maestro' },
        payload: { to: 'b', reason: 'r' },
      },
      { type: 'RUN_RETRIED', sender: 'human', recipient: 'maestro', payload: { tasks: 2 } },
      { type: 'RUN_BLOCKED', sender: 'maestro', recipient: 'human', payload: {} },
      {
        ...{ type: 'RUN_DELIVERED', sender: 'maestro', recipient: 'all' },
        payload: { kind: 'branch', target: 'main', commit: 'c0ffee' },
      },
      {
        ...{ type: 'RUN_DELIVERY_FAILED', sender: 'maestro', recipient: 'human' },
        payload: { kind: 'pr', target: 'main', reason: 'r' },
      },
      { type: 'RUN_FINISHED', sender: 'maestro', recipient: 'all', payload: { state: 'done' } },
    ] as const
  ).map((draft) => [draft.type, { ...attempt, ...draft }]),
) as never;

const wrong = (type: MessageDraft['type'], change: object) =>
  checkMessage({ ...good[type], ...change }).map(({ path }) => path);

describe('every message type', () => {
  test.each(messageTypes)('%s has a direction and a payload that are held to', (type) => {
    expect(checkMessage(good[type])).toEqual([]);
    expect(wrong(type, { sender: 'worker:w' })).toEqual(['sender']);
    expect(wrong(type, { recipient: 'producer' })).toEqual(['recipient']);
    expect(wrong(type, { payload: { ...good[type].payload, surprise: 1 } })).toEqual(['payload']);
  });
});

test('a message about an attempt carries the task and its epoch', () => {
  expect(wrong('TASK_PROGRESS', { taskId: null, epoch: undefined })).toEqual(['taskId', 'epoch']);
  expect(wrong('ESCALATION_RESOLVED', { epoch: null })).toEqual([]);
  expect(wrong('RUN_STARTED', { taskId: null, epoch: null })).toEqual([]);
});

test('all that is wrong is said at once', () => {
  const payload = { stage: '', share: 2 };
  expect(wrong('TASK_PROGRESS', { sender: 'human', payload })).toEqual([
    'sender',
    'payload.stage',
    'payload.share',
  ]);
});

test.each([
  ['maestro', 'maestro'],
  ['agent:backend-python', 'agent'],
  ['worker:wrk_1', 'worker'],
  ['agent', undefined],
  ['maestro:2', undefined],
  ['agent:', undefined],
  ['agent:a b', undefined],
  ['nobody', undefined],
])('the party %j is of kind %j', (name, kind) => {
  expect(partyKindOf(name)).toBe(kind);
});
