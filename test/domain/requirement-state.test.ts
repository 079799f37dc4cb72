import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  keepsFromDone,
  missingSentence,
  requirementState,
  type ServingTask,
} from '../../src/domain/requirement-state.ts';
import { taskStates } from '../../src/domain/task.ts';

const requirement = { acceptance: [] as string[], withdrawn: false };
const task = (rest: Partial<ServingTask> = {}): ServingTask => ({
  ...{ id: 'api', state: 'done', hasCheck: true, passed: true },
  ...rest,
});
const stateOf = (tasks: ServingTask[], asked = requirement, runHasChecks = true) =>
  requirementState(asked, tasks, runHasChecks).state;

describe('the state of a requirement', () => {
  test('is read from the tasks that serve it', () => {
    expect(stateOf([])).toBe('uncovered');
    expect(stateOf([task({ state: 'running' }), task()])).toBe('open');
    expect(stateOf([task({ state: 'failed' }), task({ state: 'waiting' })])).toBe('unmerged');
    expect(stateOf([task(), task({ passed: false })])).toBe('unverified');
    expect(stateOf([task(), task({ state: 'skipped' })])).toBe('waived');
    expect(stateOf([task({ hasCheck: false, passed: false })])).toBe('unchecked');
    expect(stateOf([task({ hasCheck: false, passed: false }), task()])).toBe('done');
    expect(stateOf([], { acceptance: [], withdrawn: true })).toBe('withdrawn');
  });

  test('stated acceptance that nothing checks is unverified where anything is checked at all', () => {
    const accepted = { acceptance: ['the title is at most 200 characters'], withdrawn: false };
    const unchecked = [task({ hasCheck: false, passed: false })];
    expect(stateOf(unchecked, accepted, true)).toBe('unverified');
    expect(stateOf(unchecked, accepted, false)).toBe('unchecked');
  });

  const anyTask = fc.record({
    id: fc.string({ minLength: 1, maxLength: 5 }),
    state: fc.constantFrom(...taskStates),
    hasCheck: fc.boolean(),
    passed: fc.boolean(),
  });

  test('is done only when every task is merged and every check passed', () => {
    fc.assert(
      fc.property(fc.array(anyTask, { maxLength: 6 }), fc.boolean(), (tasks, runHasChecks) => {
        const { state, reason } = requirementState(requirement, tasks, runHasChecks);
        expect(reason === null).toBe(state === 'done');
        if (state !== 'done') return;
        expect(tasks.length).toBeGreaterThan(0);
        expect(tasks.every((each) => each.state === 'done')).toBe(true);
        expect(tasks.every(({ hasCheck, passed }) => !hasCheck || passed)).toBe(true);
        expect(tasks.some(({ hasCheck }) => hasCheck)).toBe(true);
      }),
    );
  });

  test('names what keeps a run from being done, and nothing else', () => {
    const verdict = (id: string, tasks: ServingTask[]) => ({
      ...{ id, title: `Title of ${id}` },
      ...requirementState(requirement, tasks, true),
    });
    expect(missingSentence([verdict('REQ-001', [task()])])).toBeNull();
    const sentence = missingSentence([
      verdict('REQ-001', [task()]),
      verdict('REQ-002', []),
      verdict('REQ-003', [task({ state: 'skipped' })]),
    ]);
    expect(sentence).toBe(
      'A requirement is not done: REQ-002 "Title of REQ-002" (no task serves it).',
    );
    expect(keepsFromDone('waived')).toBe(false);
  });
});
