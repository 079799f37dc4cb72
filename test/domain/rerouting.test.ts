import fc from 'fast-check';
import { expect, test } from 'vitest';
import { unknownAgent, type AgentStats } from '../../src/domain/agent-score.ts';
import { isCapable, type Pool } from '../../src/domain/assignment.ts';
import { planMoves, type WaitingTask } from '../../src/domain/rerouting.ts';

const pool = (name: string, given: Partial<Pool> = {}): Pool => ({
  ...{ name, role: 'backend', capabilities: [], weight: 1, concurrency: 2 },
  ...given,
});
const task = (index: number, holder: string, given: Partial<WaitingTask> = {}): WaitingTask => ({
  ...{ runId: 'run', taskId: `t${index}`, epoch: 0, holder, role: 'backend', capabilities: [] },
  ...{ pinned: false, settledFor: null },
  ...given,
});
const live: AgentStats = { ...unknownAgent, liveWorkers: 1, slots: 2 };
const tasksOf = (count: number, holder: string, given: Partial<WaitingTask> = {}) =>
  Array.from({ length: count }, (_, index) => task(index, holder, given));
const plan = (
  tasks: readonly WaitingTask[],
  stats: Record<string, AgentStats>,
  lost: readonly string[] = [],
  agents = Object.keys(stats).map((name) => pool(name)),
) => planMoves(tasks, agents, new Map(Object.entries(stats)), new Set(lost));

test('all tasks of a lost agent go to those that live, in proportion to what they can do', () => {
  const stats = { gone: unknownAgent, one: live, three: { ...live, slots: 6 } };
  const moves = plan(tasksOf(40, 'gone'), stats, ['gone']);
  const counts = { one: 0, three: 0 };
  for (const { agent } of moves) counts[agent as keyof typeof counts]++;
  expect(counts).toEqual({ one: 10, three: 30 });
  expect(moves[0]?.reason).toBe('no live worker serves gone');
});

test('an idle agent gets as many tasks of an overloaded one as make it even', () => {
  const moves = plan(tasksOf(20, 'busy'), { busy: { ...live, running: 2 }, idle: live });
  expect(moves).toHaveLength(11);
  expect(new Set(moves.map(({ agent }) => agent))).toEqual(new Set(['idle']));
  expect(moves[0]?.reason).toBe('busy has 22 tasks to do, idle is idle');
});

test.each([
  ['a queue that is soon empty', tasksOf(2, 'busy'), { running: 2 }, live],
  ['an agent that has something to do', tasksOf(20, 'busy'), {}, { ...live, running: 2 }],
  ['a suspended agent', tasksOf(20, 'busy'), {}, { ...live, suspended: true }],
  ['what has just moved', tasksOf(20, 'busy', { settledFor: 1_000 }), {}, live],
  ['what a person decided', tasksOf(20, 'busy', { pinned: true }), {}, live],
  ['what nobody else can do', tasksOf(20, 'busy', { capabilities: ['sql'] }), {}, live],
])('load moves nothing: %s', (_, tasks, busy, other) => {
  expect(plan(tasks, { busy: { ...live, ...busy }, other })).toEqual([]);
});

test('what a person gave to an agent goes on only when that agent is lost', () => {
  const pinned = tasksOf(5, 'gone', { pinned: true, settledFor: 1_000 });
  expect(plan(pinned, { gone: unknownAgent, other: live }, ['gone'])).toHaveLength(5);
});

test('an agent that the tasks of a lost one overload is relieved in the same look', () => {
  const stats = { gone: unknownAgent, busy: { ...live, slots: 3, running: 1 }, idle: live };
  const queued = { ...stats.idle, slots: 1, waiting: 1 };
  const tasks = [...tasksOf(4, 'busy'), task(4, 'gone'), task(5, 'gone')];
  const moves = plan(tasks, { ...stats, idle: queued }, ['gone']);
  const after = tasks.map((one) => ({
    ...one,
    holder: moves.find(({ task: moved }) => moved === one)?.agent ?? one.holder,
  }));
  expect(moves.map(({ agent }) => agent).sort()).toEqual(['busy', 'busy', 'idle']);
  expect(plan(after, { ...stats, idle: queued }, ['gone'])).toEqual([]);
});

test('moves are capable, to the living, end at once, and come to rest', () => {
  const stat = fc.record({
    liveWorkers: fc.integer({ min: 0, max: 2 }),
    slots: fc.integer({ min: 0, max: 4 }),
    running: fc.nat(4),
    waiting: fc.nat(20),
    past: fc.array(fc.record({ succeeded: fc.boolean(), age: fc.constant(0) }), { maxLength: 4 }),
    suspended: fc.boolean(),
  });
  const capabilities = fc.subarray(['sql', 'go']);
  const agent = fc.tuple(stat, capabilities, fc.integer({ min: 1, max: 3 }), fc.boolean());
  const given = fc.record({
    agents: fc.array(agent, { minLength: 2, maxLength: 5 }),
    tasks: fc.array(fc.tuple(fc.nat(4), capabilities, fc.boolean()), { maxLength: 40 }),
  });
  fc.assert(
    fc.property(given, ({ agents: wanted, tasks: drafts }) => {
      const agents = wanted.map(([, can, weight], index) =>
        pool(`a${index}`, { capabilities: can, weight }),
      );
      const stats = new Map(wanted.map(([one], index) => [`a${index}`, one]));
      const lost = new Set(
        agents
          .map(({ name }) => name)
          .filter((name, index) => wanted[index]?.[3] && stats.get(name)?.liveWorkers === 0),
      );
      const tasks = drafts.map(([holder, needs, pinned], index) =>
        task(index, `a${holder % agents.length}`, { capabilities: needs, pinned }),
      );
      const moves = planMoves(tasks, agents, stats, lost);
      const target = new Map(moves.map((move) => [move.task.taskId, move.agent]));
      expect(target.size).toBe(moves.length);
      for (const { task: moved, agent: name } of moves) {
        const to = agents.find((one) => one.name === name) as Pool;
        expect(name).not.toBe(moved.holder);
        expect(isCapable(to, moved)).toBe(true);
        expect(stats.get(name)).toMatchObject({ suspended: false });
        expect(stats.get(name)?.liveWorkers).toBeGreaterThan(0);
        if (moved.pinned) expect(lost.has(moved.holder)).toBe(true);
      }
      // Nothing moves once more, even if what has moved were free to.
      const after = tasks.map((one) => ({ ...one, holder: target.get(one.taskId) ?? one.holder }));
      expect(planMoves(after, agents, stats, lost)).toEqual([]);
    }),
    { numRuns: 300 },
  );
});
