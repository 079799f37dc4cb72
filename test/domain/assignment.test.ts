import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Agent } from '../../src/domain/agent.ts';
import { unknownAgent, type AgentStats } from '../../src/domain/agent-score.ts';
import { assignTasks, isCapable } from '../../src/domain/assignment.ts';
import { successRate, type PastAttempt } from '../../src/domain/success-rate.ts';

const agent = (name: string, given: Partial<Agent> = {}): Agent => ({
  name,
  role: 'backend',
  capabilities: [],
  weight: 1,
  concurrency: 2,
  executor: { type: 'command', command: ['true'], env: [] },
  ...given,
});
const idle: AgentStats = { ...unknownAgent, liveWorkers: 1, slots: 2 };

/** Attempts that have just ended. */
const past = (successes: number, failures: number, age = 0): PastAttempt[] => [
  ...Array.from({ length: successes }, () => ({ succeeded: true, age })),
  ...Array.from({ length: failures }, () => ({ succeeded: false, age })),
];
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

test('equal agents share exactly in proportion to weight, in every stretch of their sum', () => {
  const attempts = fc.array(fc.boolean(), { maxLength: 5 });
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 1, max: 9 }), fc.nat(9)), { minLength: 1, maxLength: 6 }),
      fc.nat(4),
      attempts,
      fc.integer({ min: 1, max: 5 }),
      fc.nat(60),
      (given, load, history, rounds, start) => {
        const agents = given.map(([weight], index) => agent(`a${index}`, { weight }));
        const ended = history.map((succeeded) => ({ succeeded, age: 60_000 }));
        // Equal: as busy for their weight, and as successful.
        const stats = new Map(
          agents.map(({ name, weight }) => [
            name,
            { ...idle, waiting: weight * load, past: ended },
          ]),
        );
        const total = agents.reduce((sum, { weight }) => sum + weight, 0);
        const assigned = assignTasks(tasksOf(start + total * rounds), agents, stats);
        const counts = shares(assigned.slice(start));
        for (const { name, weight } of agents) expect(counts[name]).toBe(weight * rounds);
      },
    ),
  );
});

test('one by one, and idle in between, equal agents take turns by weight', () => {
  const agents = [agent('a', { weight: 3 }), agent('b'), agent('c', { weight: 2 })];
  const done: Record<string, number> = { a: 0, b: 0, c: 0 };
  for (let turn = 0; turn < 60; turn++) {
    const stats = new Map(
      agents.map(({ name }) => [name, { ...idle, past: past(done[name] ?? 0, 0) }]),
    );
    const [next] = assignTasks(tasksOf(1), agents, stats);
    done[next?.agent as string]!++;
  }
  expect(done).toEqual({ a: 30, b: 10, c: 20 });
});

test('the same is decided for the same, whatever it was asked before', () => {
  const stat = fc.record({
    liveWorkers: fc.integer({ min: 0, max: 3 }),
    slots: fc.integer({ min: 0, max: 8 }),
    running: fc.nat(8),
    waiting: fc.nat(50),
    past: fc.array(fc.record({ succeeded: fc.boolean(), age: fc.nat(10_000_000) }), {
      maxLength: 6,
    }),
    suspended: fc.boolean(),
  });
  const capability = fc.constantFrom('sql', 'go', 'css');
  fc.assert(
    fc.property(
      fc.array(fc.tuple(stat, fc.subarray(['sql', 'go', 'css'])), { minLength: 1, maxLength: 5 }),
      fc.array(fc.array(capability, { maxLength: 2 }), { minLength: 1, maxLength: 30 }),
      (given, wanted) => {
        const agents = given.map(([, capabilities], index) =>
          agent(`a${index}`, { capabilities, weight: index + 1 }),
        );
        const stats = new Map(given.map(([one], index) => [`a${index}`, one]));
        const tasks = wanted
          .map((capabilities, index) => ({ ...tasksOf(1)[0]!, id: `t${index}`, capabilities }))
          .filter((task) => agents.some((one) => isCapable(one, task)));
        const assigned = assignTasks(tasks, agents, stats);
        expect(assignTasks(tasks, agents, stats)).toEqual(assigned);
        // Whatever the load: never to an agent that cannot, never to a dead or suspended one while
        // another lives.
        assigned.forEach(({ agent: name }, index) => {
          const able = agents.filter((one) => isCapable(one, tasks[index]!));
          expect(able.map((one) => one.name)).toContain(name);
          const lives = (which: string) => {
            const { liveWorkers, slots, suspended } = stats.get(which)!;
            return liveWorkers > 0 && slots > 0 && !suspended;
          };
          if (able.some((one) => lives(one.name))) expect(lives(name)).toBe(true);
        });
      },
    ),
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
              ? { ...idle, waiting: backlog, past: past(0, 50) }
              : { ...idle, liveWorkers: 0, slots: 0, past: past(50, 0) },
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
  const attempts = fc.tuple(fc.nat(20), fc.nat(20));
  fc.assert(
    fc.property(attempts, attempts, (one, other) => {
      const agents = [agent('a'), agent('b')];
      const stats = new Map([
        ['a', { ...idle, past: past(...one) }],
        ['b', { ...idle, past: past(...other) }],
      ]);
      const counts = shares(assignTasks(tasksOf(400), agents, stats));
      const [a, b] = [counts['a'] ?? 0, counts['b'] ?? 0];
      const [rateA, rateB] = [successRate(past(...one)), successRate(past(...other))];
      expect(Math.abs(a / 400 - rateA / (rateA + rateB))).toBeLessThan(0.01);
      // Never nothing: it could not win its share back.
      expect(Math.min(a, b)).toBeGreaterThan(0);
    }),
  );
});

test('a failing agent wins its share back, by succeeding or with time', () => {
  const shareAfter = (history: readonly PastAttempt[]) => {
    const agents = [agent('failing'), agent('other')];
    const stats = new Map([
      ['failing', { ...idle, past: history }],
      ['other', { ...idle, past: past(20, 0) }],
    ]);
    return shares(assignTasks(tasksOf(300), agents, stats))['failing'] ?? 0;
  };
  const hour = 3_600_000;
  expect(shareAfter(past(0, 20))).toBeLessThan(30);
  expect(shareAfter([...past(0, 20, 2 * hour), ...past(15, 0)])).toBeGreaterThan(100);
  expect(shareAfter(past(0, 20, 10 * hour))).toBeGreaterThan(145);
});

test('the success rate rises with each success and with the age of failures, between its bounds', () => {
  const one = fc.record({ succeeded: fc.boolean(), age: fc.nat(40_000_000) });
  fc.assert(
    fc.property(fc.array(one, { maxLength: 30 }), fc.nat(40_000_000), (history, age) => {
      const rate = successRate(history);
      expect(rate).toBeGreaterThanOrEqual(0.05);
      expect(rate).toBeLessThanOrEqual(1);
      expect(successRate([...history, { succeeded: true, age }])).toBeGreaterThanOrEqual(rate);
      expect(successRate([...history, { succeeded: false, age }])).toBeLessThanOrEqual(rate);
      const older = history.map((each) =>
        each.succeeded ? each : { ...each, age: each.age + 3_600_000 },
      );
      expect(successRate(older)).toBeGreaterThanOrEqual(rate - 1e-12);
    }),
  );
  expect(successRate([])).toBe(1);
  expect(successRate([{ succeeded: false, age: 0 }])).toBeCloseTo(2 / 3, 12);
  expect(successRate([{ succeeded: false, age: 3_600_000 }])).toBeCloseTo(0.8, 12);
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
    past: fc.tuple(fc.nat(5), fc.nat(5)).map((each) => past(...each)),
    suspended: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(stat, { minLength: 1, maxLength: 5 }), (given) => {
      const agents = given.map((_, index) => agent(`a${index}`, { weight: index + 1 }));
      const stats = new Map(given.map((one, index) => [`a${index}`, one]));
      for (const { score } of assignTasks(tasksOf(30), agents, stats)) {
        expect(score.score).toBe(score.availability * score.success * score.load);
        for (const part of [score.availability, score.success, score.load]) {
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
