import { describe, expect, it } from 'vitest';
import { contradiction, gistOf, saysTheSame } from '../../src/memory/sameness.ts';

const same = (one: string, other: string) => saysTheSame(gistOf(one), gistOf(other));

describe('saysTheSame', () => {
  it.each([
    ['Use Redis for sessions', 'use REDIS for the sessions!'],
    ['Run the migration before the tests', 'Before the tests, run the migration.'],
    ['Never log request bodies', 'never log the request bodies'],
  ])('%s = %s', (one, other) => expect(same(one, other)).toBe(true));

  it.each([
    ['Use Redis for sessions', 'Do not use Redis for sessions'],
    ['The API listens on port 8080', 'The API listens on port 9090'],
    ['Use Redis for sessions', 'Use Postgres for sessions'],
    [
      'Retry the upload at most 3 times, wait between tries, tell the user about each failure and log it',
      'Retry the upload at most 5 times, wait between tries, tell the user about each failure and log it',
    ],
  ])('%s ≠ %s', (one, other) => expect(same(one, other)).toBe(false));
});

describe('contradiction', () => {
  it.each([
    ['Use Redis for sessions', 'Do not use Redis for sessions', 'one denies the other'],
    ['Log request bodies', 'Never log request bodies', 'one denies the other'],
    ["Don't squash commits when merging", 'Squash commits when merging', 'one denies the other'],
    ['The API port is 8080', 'API port: 9090', 'two values for "api port"'],
    ['strict mode = true', 'Strict mode is off', 'two values for "strict mode"'],
    ['Use npm for installs', 'use pnpm for installs.', 'two values for "installs"'],
  ])('%s against %s', (one, other, why) => {
    expect(contradiction(one, other)).toBe(why);
    expect(contradiction(other, one)).toBe(why);
  });

  it.each([
    ['The parser is fast', 'The parser is written in Rust'],
    ['Use Redis for sessions', 'Do not use Redis for files of users'],
    ['The API port is 8080', 'The metrics port is 9090'],
    ['Use npm for installs', 'Use npm for scripts'],
    ['The API port is 8080', 'The API port is 8080'],
  ])('none: %s and %s', (one, other) => expect(contradiction(one, other)).toBeUndefined());
});
