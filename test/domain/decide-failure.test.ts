import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decideFailure } from '../../src/domain/decide-failure.ts';
import type { FailureCase } from '../../src/domain/failure-case.ts';
import { maxHops } from '../../src/domain/substitution.ts';

const classes = [
  ...(['transient', 'permanent', 'cancelled', 'rate-limited', 'verify'] as const),
  ...(['conflict', 'timeout', 'error', 'bug'] as const),
];
const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'] as const;
const substitute = fc.record({
  name: fc.constantFrom(...names),
  live: fc.boolean(),
  suspended: fc.boolean(),
});
const random = fc.double({ min: 0, max: 1 - Number.EPSILON, noNaN: true });
const failureCase: fc.Arbitrary<FailureCase> = fc
  .record({
    failure: fc.record(
      {
        class: fc.constantFrom(...classes),
        message: fc.constant('m'),
        retryAfter: fc.double({ min: 0, max: 2 * 86_400_000, noNaN: true }),
      },
      { requiredKeys: ['class', 'message'] },
    ),
    agent: fc.constantFrom(...names),
    maxAttempts: fc.integer({ min: 1, max: 50 }),
    own: fc.integer({ min: 1, max: 60 }),
    failures: fc.dictionary(fc.constantFrom(...names), fc.integer({ min: 1, max: 60 })),
    waits: fc.record({
      count: fc.integer({ min: 0, max: 60 }),
      total: fc.integer({ min: 0, max: 100_000_000 }),
    }),
    hops: fc.integer({ min: 0, max: maxHops + 1 }),
    others: fc.array(substitute, { maxLength: 5 }),
    stronger: fc.option(substitute),
    suspendedFor: fc.option(fc.double({ min: 0, max: 3_600_000, noNaN: true })),
    budgetLeft: fc.option(fc.double({ min: -10, max: 10, noNaN: true })),
    unsplittable: fc.constantFrom(null, 'it cannot be split'),
    random,
  })
  .map(({ own, ...given }) => ({
    ...given,
    failures: { ...given.failures, [given.agent]: own },
  }));

const given = (changes: Partial<FailureCase> = {}): FailureCase => ({
  failure: { class: 'error', message: 'm' },
  agent: 'a',
  maxAttempts: 5,
  failures: { a: 1 },
  waits: { count: 0, total: 0 },
  hops: 0,
  others: [],
  stronger: null,
  suspendedFor: null,
  budgetLeft: null,
  unsplittable: 'it cannot be split',
  random: 0,
  ...changes,
});
const free = (name: string) => ({ name, live: true, suspended: false });

describe('every case', () => {
  test('has the same decision each time, with a reason for all that was weighed', () => {
    fc.assert(
      fc.property(failureCase, (one) => {
        const decision = decideFailure(one);
        expect(decideFailure(one)).toEqual(decision);
        expect(decision.reason).not.toBe('');
        expect(decision.passedOver.map(({ strategy }) => strategy)).not.toContain(decision.kind);
        for (const { reason } of decision.passedOver) expect(reason).not.toBe('');
      }),
    );
  });

  test('waits a whole number of milliseconds, as long as it was asked to', () => {
    fc.assert(
      fc.property(failureCase, (one) => {
        const decision = decideFailure(one);
        if (!('delay' in decision)) return;
        expect(Number.isInteger(decision.delay)).toBe(true);
        const asked = Math.max(one.suspendedFor ?? 0, one.failure.retryAfter ?? 0);
        if (decision.kind === 'retry') expect(decision.delay).toBeLessThanOrEqual(60_000);
        else expect(decision.delay).toBeGreaterThanOrEqual(Math.floor(asked));
      }),
    );
  });

  test('is never tried again by the same agent when that cannot help', () => {
    fc.assert(
      fc.property(failureCase, (one) => {
        const { kind } = decideFailure(one);
        if (one.failure.class === 'permanent' || one.failure.class === 'bug') {
          expect(kind).not.toBe('retry');
        }
        if (one.failure.class === 'bug') expect(kind).toBe('escalate');
        if (kind === 'retry') {
          const own = one.failures[one.agent] as number;
          expect(own).toBeLessThan(Math.max(one.maxAttempts, 3));
        }
      }),
    );
  });

  test('goes only to an agent that is alive, well, and new to it', () => {
    fc.assert(
      fc.property(failureCase, (one) => {
        const decision = decideFailure(one);
        if (!('agent' in decision)) return;
        const pool = decision.kind === 'stronger' ? [one.stronger] : one.others;
        expect(pool).toContainEqual(free(decision.agent));
        expect(decision.agent).not.toBe(one.agent);
        expect(one.failures[decision.agent]).toBe(undefined);
        expect(one.hops).toBeLessThan(maxHops);
      }),
    );
  });

  test('spends nothing more on a stronger agent or a split when the budget is gone', () => {
    fc.assert(
      fc.property(failureCase, (one) => {
        const { kind } = decideFailure({ ...one, budgetLeft: 0 });
        expect(['stronger', 'split']).not.toContain(kind);
      }),
    );
  });
});

test('a task that fails again and again, however, comes to a human after finitely many tries', () => {
  const failing = fc.array(
    fc.record({
      class: fc.constantFrom(...classes),
      suspended: fc.boolean(),
      random,
    }),
    { minLength: 1, maxLength: 30 },
  );
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10 }), failing, (maxAttempts, kinds) => {
      let state = given({ failures: {}, maxAttempts, unsplittable: null });
      let [tries, splits] = [0, 0];
      for (;;) {
        const kind = kinds[tries % kinds.length] as (typeof kinds)[number];
        tries++;
        const failures = {
          ...state.failures,
          [state.agent]: (state.failures[state.agent] ?? 0) + 1,
        };
        const decision = decideFailure({
          ...state,
          ...{ failures, random: kind.random, failure: { class: kind.class, message: 'm' } },
          others: names.filter((name) => name !== state.agent).map(free),
          stronger: free('h'),
          suspendedFor: kind.suspended ? 1_000 : null,
        });
        if (decision.kind === 'escalate') break;
        if (decision.kind === 'split') {
          // It puts its parts together with a fresh set of attempts, and is not split again.
          splits++;
          state = { ...state, failures: {}, unsplittable: 'it was split before' };
          continue;
        }
        if (decision.kind === 'wait') {
          const { count, total } = state.waits;
          state = { ...state, waits: { count: count + 1, total: total + decision.delay } };
          continue;
        }
        state = { ...state, failures };
        if ('agent' in decision) {
          state = { ...state, agent: decision.agent, hops: state.hops + 1 };
        }
      }
      // The task's own attempts, before and after a split, two for each agent that took over, and the waits.
      expect(tries).toBeLessThanOrEqual((splits + 1) * (maxAttempts + 1) + 2 * maxHops + 50);
      expect(splits).toBeLessThanOrEqual(1);
    }),
  );
});

describe('the order of the strategies', () => {
  test('the seed: five attempts with its delays, then a human', () => {
    for (const [n, least] of [1_000, 2_000, 4_000, 8_000].entries()) {
      const decision = decideFailure(given({ failures: { a: n + 1 } }));
      expect(decision).toMatchObject({ kind: 'retry', delay: least });
    }
    expect(decideFailure(given({ failures: { a: 5 } })).kind).toBe('escalate');
  });

  test('a first clash is settled at once, further ones after the backoff, as often as any failure', () => {
    const clash = { kind: 'conflict', head: 'abc', files: ['a'], others: [] } as const;
    const failure = { class: 'conflict', message: 'm', clash } as const;
    const [first, third] = [1, 3].map((a) => decideFailure(given({ failure, failures: { a } })));
    expect(first).toMatchObject({ kind: 'retry', delay: 0 });
    expect(third).toMatchObject({ kind: 'retry', delay: 4_000 });
    expect(decideFailure(given({ failure, failures: { a: 5 } })).kind).toBe('escalate');
  });

  test('a rate limit waits as long as it says, and is asked again for a day at most', () => {
    const failure = { class: 'rate-limited', message: 'm', retryAfter: 5 * 3_600_000 } as const;
    const wait = { kind: 'wait', delay: failure.retryAfter };
    expect(decideFailure(given({ failure }))).toMatchObject(wait);
    // Not even when all attempts are used up.
    expect(decideFailure(given({ failure, failures: { a: 5 } }))).toMatchObject(wait);
    const waits = { count: 4, total: 20 * 3_600_000 };
    expect(decideFailure(given({ failure, waits })).kind).toBe('retry');
    expect(decideFailure(given({ failure, waits, others: [free('b')] }))).toMatchObject({
      kind: 'reassign',
      agent: 'b',
    });
  });

  test('a service or repository that is away is waited for a day, in some hundred tries', () => {
    const failure = { class: 'unavailable', message: 'm' } as const;
    let waits = { count: 0, total: 0 };
    const next = () => decideFailure(given({ failure, waits, random: 0.5 }));
    for (let decision = next(); decision.kind === 'wait'; decision = next()) {
      waits = { count: waits.count + 1, total: waits.total + decision.delay };
    }
    expect(next()).toMatchObject({ kind: 'retry', delay: expect.any(Number) });
    expect(waits.total).toBeGreaterThan(23.9 * 3_600_000);
    expect(waits.total).toBeLessThanOrEqual(24 * 3_600_000);
    expect(waits.count).toBeLessThan(400);
  });

  test('everybody who was told the same time comes at another moment', () => {
    const failure = { class: 'rate-limited', message: 'm', retryAfter: 60_000 } as const;
    expect(decideFailure(given({ failure, random: 0.5 }))).toMatchObject({ delay: 63_000 });
  });

  test('permanent: another agent at once, else a human', () => {
    const failure = { class: 'permanent', message: 'm' } as const;
    const others = [{ ...free('b'), live: false }, { ...free('c'), suspended: true }, free('d')];
    expect(decideFailure(given({ failure, others }))).toMatchObject({ agent: 'd' });
    expect(decideFailure(given({ failure })).kind).toBe('escalate');
  });

  test('work that is not good enough goes to the stronger agent before an equal one', () => {
    const state = { failures: { a: 5 }, others: [free('b')], stronger: free('s') };
    const failure = { class: 'verify', message: 'm' } as const;
    expect(decideFailure(given({ ...state, failure })).kind).toBe('stronger');
    const away = { class: 'transient', message: 'm' } as const;
    expect(decideFailure(given({ ...state, failure: away })).kind).toBe('reassign');
    expect(decideFailure(given({ failures: { a: 5 }, unsplittable: null })).kind).toBe('split');
  });

  test('an agent that takes over has two attempts', () => {
    const state = { agent: 'b', hops: 1 };
    const first = decideFailure(given({ ...state, failures: { a: 5, b: 1 } }));
    expect(first).toMatchObject({ kind: 'retry', delay: 1_000 });
    expect(decideFailure(given({ ...state, failures: { a: 5, b: 2 } })).kind).toBe('escalate');
  });

  test('a suspended agent: somebody else, else later, at no cost', () => {
    const state = { suspendedFor: 30_000, failures: { a: 2 } };
    expect(decideFailure(given({ ...state, others: [free('b')] })).kind).toBe('reassign');
    expect(decideFailure(given(state))).toMatchObject({ kind: 'wait', delay: 30_000 });
  });
});
