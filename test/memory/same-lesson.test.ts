import { describe, expect, it } from 'vitest';
import { errorSignature } from '../../src/domain/error-signature.ts';
import { saysTheSameLesson } from '../../src/memory/same-lesson.ts';

const taught = (failureReason: string, improvedApproach: string) => ({
  ...{ failureReason, improvedApproach },
  signature: errorSignature(failureReason),
});

describe('saysTheSameLesson', () => {
  it.each<[string, [string, string], [string, string], boolean]>([
    [
      'the same error at other places, and the same advice for each',
      ['Error: /tmp/a1/x.js took 12 ms', 'Mend this first: /tmp/a1/x.js took 12 ms'],
      ['Error: /tmp/b2/y.js took 99 ms', 'Mend this first: /tmp/b2/y.js took 99 ms'],
      true,
    ],
    [
      'another number in the advice that the failure did not name',
      ['Error: timed out after 5 s', 'Set the timeout of the client to 30 s'],
      ['Error: timed out after 5 s', 'Set the timeout of the client to 60 s'],
      false,
    ],
    [
      'a number of the advice that is only part of one of the failure',
      ['Timed out after 3000 ms', 'Set the timeout to 30 s'],
      ['Timed out after 6000 ms', 'Set the timeout to 60 s'],
      false,
    ],
    [
      'the same error and another way out',
      ['Error: port taken', 'Ask the system for a free port'],
      ['Error: port taken', 'Stop the server that was left running'],
      false,
    ],
    [
      'the opposite advice',
      ['Error: port taken', 'Use the default port of the server'],
      ['Error: port taken', 'Do not use the default port of the server'],
      false,
    ],
    [
      'nearly the same words for error and advice',
      ['The migration was run after the tests', 'Run the migration before the tests'],
      ['The migration was run after the tests!', 'Before the tests, run the migration'],
      true,
    ],
    [
      'the same advice against something else',
      ['The router lost its state', 'Restart the service and look again'],
      ['The printer was on fire', 'Restart the service and look again'],
      false,
    ],
    [
      'long rows of dashes',
      ['-'.repeat(100_000), '-'.repeat(100_000)],
      ['-'.repeat(100_000), '-'.repeat(100_000)],
      true,
    ],
    ['nothing but the same short advice', ['Error: x', 'Retry.'], ['Error: x', 'retry.'], true],
  ])('%s', (_name, one, other, same) => {
    expect(saysTheSameLesson(taught(...one), taught(...other))).toBe(same);
    expect(saysTheSameLesson(taught(...other), taught(...one))).toBe(same);
  });
});
