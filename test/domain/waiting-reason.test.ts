import { expect, test } from 'vitest';
import { waitingReason, type WaitingFacts } from '../../src/domain/waiting-reason.ts';

const now = new Date('2026-01-01T00:00:00Z');
const before = (seconds: number) => new Date(now.getTime() - seconds * 1_000);
const free: WaitingFacts = {
  state: 'waiting',
  agent: 'backend',
  parkedFor: null,
  gaveWay: null,
  retryAt: null,
  dependencies: [],
  run: {
    paused: false,
    spent: false,
    unapproved: false,
    aborting: false,
    maxParallel: null,
    running: 2,
  },
  project: { name: 'notes', maxParallel: 4 },
  suspended: null,
  load: { workers: 1, slots: 2, running: 2 },
  ahead: 0,
};
const reason = (facts: Partial<WaitingFacts>) => waitingReason({ ...free, ...facts }, now);

test('a task that does not wait has no reason', () => {
  for (const state of ['running', 'done', 'failed', 'skipped', 'cancelled'] as const) {
    expect(reason({ state, parkedFor: 'answer' })).toBe(null);
  }
});

test('what holds a task back is named, and nothing that comes after it', () => {
  const dependencies = [
    { id: 'a', state: 'done' as const, startedAt: null },
    { id: 'b', state: 'running' as const, startedAt: before(90) },
    { id: 'c', state: 'failed' as const, startedAt: before(5) },
    { id: 'd', state: 'waiting' as const, startedAt: null },
    { id: 'e', state: 'waiting' as const, startedAt: null },
  ];
  const paused = {
    paused: true,
    spent: false,
    unapproved: false,
    aborting: false,
    maxParallel: 2,
    running: 2,
  };
  expect(reason({ dependencies, run: paused })).toBe(
    'waits for b (running for 90 s), c (failed), d and 1 more',
  );
  expect(reason({ run: { ...paused, aborting: true } })).toBe('the run is being aborted');
  expect(reason({ run: paused, parkedFor: 'answer' })).toBe('waits for the answer to a question');
  expect(reason({ run: { ...paused, unapproved: true } })).toBe('the plan waits for approval');
  expect(reason({ run: paused })).toBe('the run is paused');
  expect(reason({ run: { ...paused, spent: true } })).toMatch(/its budget is used up/);
  const limited = { ...paused, paused: false };
  expect(reason({ run: limited, parkedFor: 'room' })).toBe(
    "waits for room: at most 2 of the run's tasks run at once",
  );
  expect(reason({ gaveWay: { to: 'api', file: 'src/a.ts' }, parkedFor: 'files' })).toBe(
    'lets api go first, which changes src/a.ts: there is other work for backend',
  );
  const suspended = { reason: 'no such\nkey', probeAt: new Date(now.getTime() + 20_000) };
  expect(reason({ suspended, parkedFor: 'circuit' })).toBe(
    'agent backend is suspended, its attempts keep failing: no such key (the next probe is in 20 s)',
  );
  expect(reason({ suspended: { ...suspended, probeAt: before(1) } })).toMatch(/a probe is due/);
  for (const run of [free.run, { ...limited, running: 1 }]) {
    expect(reason({ run, parkedFor: 'room' })).toBe(
      'waits for room: project "notes" may run 4 tasks at once',
    );
  }
  expect(reason({ retryAt: new Date(now.getTime() + 4_200) })).toBe('next attempt in 5 s');
  expect(reason({ load: { workers: 0, slots: 0, running: 0 } })).toBe(
    'no live worker serves agent backend',
  );
  expect(reason({ ahead: 3 })).toBe(
    'waits for a free slot of backend (2 of 2 taken), behind 3 other tasks',
  );
  expect(reason({ load: { workers: 1, slots: 2, running: 1 }, retryAt: before(1) })).toBe(
    'is about to be taken by backend',
  );
});
