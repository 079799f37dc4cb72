import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Agent } from '../../src/domain/agent.ts';
import { assignTasks, isCapable, type AgentStats } from '../../src/maestro/assignment.ts';

const agent = (name: string, given: Partial<Agent> = {}): Agent => ({
  name,
  role: 'backend',
  capabilities: [],
  weight: 1,
  concurrency: 2,
  executor: { type: 'command', command: ['true'], env: [] },
  ...given,
});
const idle: AgentStats = { liveWorkers: 1, slots: 2, running: 0, waiting: 0, successRate: null };
const tasksOf = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    id: `t${index}`,
    role: 'backend' as const,
    capabilities: [] as string[],
  }));
const allIdle = (agents: readonly Agent[]) => new Map(agents.map(({ name }) => [name, idle]));

function shares(assigned: readonly { agent: string }[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { agent: name } of assigned) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

const weights = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 6 });

test('equal agents share exactly in proportion to weight', () => {
  fc.assert(
    fc.property(weights, fc.integer({ min: 1, max: 20 }), (given, rounds) => {
      const agents = given.map((weight, index) => agent(`a${index}`, { weight }));
      const total = given.reduce((sum, weight) => sum + weight, 0);
      const counts = shares(assignTasks(tasksOf(total * rounds), agents, allIdle(agents)));
      for (const { name, weight } of agents) expect(counts[name]).toBe(weight * rounds);
    }),
  );
});

test('twins without any difference never differ by more than one task', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 0, max: 200 }), (size, count) => {
      const agents = Array.from({ length: size }, (_, index) => agent(`a${index}`));
      const counts = shares(assignTasks(tasksOf(count), agents, allIdle(agents)));
      const numbers = agents.map(({ name }) => counts[name] ?? 0);
      expect(Math.max(...numbers) - Math.min(...numbers)).toBeLessThanOrEqual(1);
    }),
  );
});

test('a dead agent gets nothing while a capable one lives', () => {
  fc.assert(
    fc.property(
      fc.array(fc.boolean(), { minLength: 1, maxLength: 6 }),
      fc.integer({ min: 1, max: 300 }),
      (alive, backlog) => {
        fc.pre(alive.some(Boolean));
        const agents = alive.map((_, index) =>
          agent(`a${index}`, { weight: alive[index] ? 1 : 100 }),
        );
        const stats = new Map<string, AgentStats>(
          agents.map(({ name }, index) => [
            name,
            alive[index]
              ? { ...idle, waiting: backlog, successRate: 0 }
              : { liveWorkers: 0, slots: 0, running: 0, waiting: 0, successRate: 1 },
          ]),
        );
        const counts = shares(assignTasks(tasksOf(50), agents, stats));
        alive.forEach((lives, index) => {
          if (!lives) expect(counts[`a${index}`]).toBeUndefined();
        });
      },
    ),
  );
});

test('when nobody lives the work waits at the capable agents, by weight', () => {
  const agents = [agent('a', { weight: 3 }), agent('b')];
  expect(shares(assignTasks(tasksOf(40), agents, new Map()))).toEqual({ a: 30, b: 10 });
});

test('a failing agent loses share, the more the more it fails', () => {
  const rate = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(rate, rate, (one, other) => {
      const agents = [agent('a'), agent('b')];
      const stats = new Map([
        ['a', { ...idle, successRate: one }],
        ['b', { ...idle, successRate: other }],
      ]);
      const counts = shares(assignTasks(tasksOf(400), agents, stats));
      const [a, b] = [counts['a'] ?? 0, counts['b'] ?? 0];
      const floor = (value: number) => Math.max(0.05, value);
      expect(Math.abs(a / 400 - floor(one) / (floor(one) + floor(other)))).toBeLessThan(0.01);
      expect(a).toBeGreaterThan(0);
      expect(b).toBeGreaterThan(0);
    }),
  );
});

test('an agent with a backlog is passed over until the others have caught up', () => {
  const agents = [agent('busy'), agent('free')];
  const stats = new Map([
    ['busy', { ...idle, running: 2, waiting: 8 }],
    ['free', idle],
  ]);
  expect(shares(assignTasks(tasksOf(9), agents, stats))).toEqual({ free: 9 });
  expect(shares(assignTasks(tasksOf(110), agents, stats))).toEqual({ busy: 50, free: 60 });
});

test('more live slots carry more of the work', () => {
  const agents = [agent('big'), agent('small')];
  const stats = new Map([
    ['big', { ...idle, liveWorkers: 3, slots: 6 }],
    ['small', idle],
  ]);
  expect(shares(assignTasks(tasksOf(80), agents, stats))).toEqual({ big: 60, small: 20 });
});

describe('capability', () => {
  const agents = [
    agent('plain'),
    agent('typed', { capabilities: ['typescript', 'sql'] }),
    agent('painter', { role: 'frontend', capabilities: ['typescript'] }),
  ];

  test('a role with capabilities goes only to agents that have them all', () => {
    const tasks = [{ id: 'x', role: 'backend' as const, capabilities: ['sql', 'typescript'] }];
    expect(assignTasks(tasks, agents, allIdle(agents))[0]?.agent).toBe('typed');
  });

  test('a fixed agent is taken, whatever its load', () => {
    const stats = new Map(allIdle(agents)).set('plain', { ...idle, waiting: 500 });
    const tasks = [{ id: 'x', agent: 'plain', capabilities: [] }];
    expect(assignTasks(tasks, agents, stats)[0]?.agent).toBe('plain');
  });

  test('all tasks that nobody can do are named at once', () => {
    const tasks = [
      { id: 'x', role: 'backend' as const, capabilities: ['cobol'] },
      { id: 'ok', role: 'backend' as const, capabilities: [] },
      { id: 'y', agent: 'nobody', capabilities: [] },
    ];
    expect(() => assignTasks(tasks, agents, new Map())).toThrow(
      expect.objectContaining({
        code: 'plan-invalid',
        problems: [
          { path: 'task "x"', message: 'no agent has the role "backend" with cobol' },
          { path: 'task "y"', message: 'no agent has the name "nobody"' },
        ],
      }),
    );
  });

  test('isCapable wants the role or the name, and every capability', () => {
    expect(agents.map((one) => isCapable(one, { role: 'frontend', capabilities: [] }))).toEqual([
      false,
      false,
      true,
    ]);
    expect(agents.map((one) => isCapable(one, { agent: 'typed', capabilities: ['sql'] }))).toEqual([
      false,
      true,
      false,
    ]);
    expect(agents.map((one) => isCapable(one, { agent: 'typed', capabilities: ['go'] }))).toEqual([
      false,
      false,
      false,
    ]);
  });
});

test('the recorded parts make up the score and lie between 0 and 1', () => {
  const stat = fc.record({
    liveWorkers: fc.integer({ min: 0, max: 3 }),
    slots: fc.integer({ min: 0, max: 8 }),
    running: fc.nat(8),
    waiting: fc.nat(50),
    successRate: fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
  });
  fc.assert(
    fc.property(fc.array(stat, { minLength: 1, maxLength: 5 }), (given) => {
      const agents = given.map((_, index) => agent(`a${index}`, { weight: index + 1 }));
      const stats = new Map(given.map((one, index) => [`a${index}`, one]));
      for (const { score, parts } of assignTasks(tasksOf(30), agents, stats)) {
        expect(score).toBe(parts.availability * parts.success * parts.load);
        for (const part of Object.values(parts)) {
          expect(part).toBeGreaterThan(0);
          expect(part).toBeLessThanOrEqual(1);
        }
      }
    }),
  );
});

test('20,000 tasks spread over 20 agents without a remainder', () => {
  const agents = Array.from({ length: 20 }, (_, index) => agent(`a${index}`));
  const counts = shares(assignTasks(tasksOf(20_000), agents, allIdle(agents)));
  expect(Object.values(counts)).toEqual(Array.from({ length: 20 }, () => 1_000));
});
