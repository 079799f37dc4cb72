import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  circuitThreshold,
  probePause,
  shallSuspend,
  type AgentAttempt,
} from '../../src/domain/agent-circuit.ts';

const attempt: fc.Arbitrary<AgentAttempt> = fc.record({
  task: fc.constantFrom(...'abcdefgh'),
  signature: fc.oneof({ weight: 4, arbitrary: fc.constant('bad key') }, fc.constantFrom('x', null)),
});
const failed = (task: string): AgentAttempt => ({ task, signature: 'bad key' });

/** The same said otherwise: walks back to each distinct task's newest attempt. */
function expected(newestFirst: readonly AgentAttempt[]): boolean {
  const firsts = newestFirst.filter(
    (one, index) => newestFirst.findIndex(({ task }) => task === one.task) === index,
  );
  const reasons = firsts.slice(0, circuitThreshold).map(({ signature }) => signature);
  return reasons.length === circuitThreshold && new Set(reasons).size === 1 && reasons[0] !== null;
}

test('an agent is suspended when its last tasks, all different, fail for one reason', () => {
  fc.assert(
    fc.property(fc.array(attempt, { maxLength: 30 }), (attempts) => {
      expect(shallSuspend(attempts)).toBe(expected(attempts));
    }),
    { numRuns: 500 },
  );
});

test('one task that fails for ever suspends nobody, nor does what lies behind a success', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(...'abcd').map(failed), { maxLength: 60 }),
      fc.array(attempt, { maxLength: 30 }),
      (few, older) => {
        expect(shallSuspend(few)).toBe(false);
        const succeeded = { task: 'ok', signature: null };
        expect(shallSuspend([...few, succeeded, ...older])).toBe(false);
      },
    ),
  );
});

test('probes become rarer, and never cease', () => {
  fc.assert(
    fc.property(fc.nat(10_000), (probes) => {
      const pause = probePause(probes);
      expect(pause).toBeGreaterThanOrEqual(5_000);
      expect(pause).toBeLessThanOrEqual(300_000);
      expect(probePause(probes + 1)).toBeGreaterThanOrEqual(pause);
    }),
  );
});
