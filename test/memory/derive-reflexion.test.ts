import { describe, expect, it } from 'vitest';
import type { AttemptFailure } from '../../src/domain/failure.ts';
import { deriveReflexion } from '../../src/memory/derive-reflexion.ts';

const task = {
  title: 'Notes endpoints',
  prompt: 'Add them',
  role: 'backend' as const,
  verify: ['npm', 'test'],
  capabilities: ['typescript'],
};
const derive = (failure: AttemptFailure, more = {}) => deriveReflexion({ task, failure, ...more });

describe('deriveReflexion', () => {
  it("uses the executor's own words", () => {
    const own = {
      originalApproach: 'Used plain dict',
      failureReason: 'Type validation failed',
      improvedApproach: 'Use models',
      tags: ['FastAPI'],
    };
    const failure = { class: 'verify', message: 'npm test exited 1' } as const;
    expect(derive(failure, { executorReflexion: own })).toEqual({
      ...own,
      tags: ['fastapi', 'typescript', 'verify'],
    });
  });

  it("reads the assertion out of node's test report, not its tail", () => {
    const evidence = `✔ lists notes (1.2ms)
✖ refuses an empty note (0.9ms)
ℹ tests 2
ℹ pass 1
ℹ fail 1
ℹ duration_ms 80.1

✖ failing tests:

test at test/notes.test.js:14:1
✖ refuses an empty note (0.9ms)
  AssertionError [ERR_ASSERTION]: an empty note must be answered with 422

  500 !== 422

      at TestContext.<anonymous> (file:///work/test/notes.test.js:17:10)
      at Test.runInAsyncScope (node:async_hooks:206:9) {
    generatedMessage: false,
    code: 'ERR_ASSERTION',
    actual: 500,
    expected: 422,
    operator: 'strictEqual'
  }`;
    const lesson = derive({ class: 'verify', message: '`npm test` exited with 1', evidence });
    expect(lesson.failureReason).toContain(
      'The check after the work was red: `npm test` exited with 1',
    );
    expect(lesson.failureReason).toContain('an empty note must be answered with 422');
    expect(lesson.failureReason).toContain('500 !== 422');
    expect(lesson.failureReason).not.toContain('at TestContext');
    expect(lesson.failureReason).not.toContain('duration_ms');
    expect(lesson.improvedApproach).toContain('an empty note must be answered with 422');
    expect(lesson.improvedApproach).toContain('run `npm test` and see it pass');
    expect(lesson.tags).toEqual(['typescript', 'assertionerror', 'verify']);
  });

  it('takes a rule that is written out as the instruction', () => {
    const evidence = `checking 14 files
src/routes/notes.js:12
rule error-format: every error response must carry { "error": { "code", "message" } }
1 problem
done in 0.4s`;
    const lesson = derive({ class: 'verify', message: 'node check.js exited with 1', evidence });
    expect(lesson.improvedApproach).toContain(
      'Follow the rule: error-format: every error response must carry { "error": { "code", "message" } }',
    );
    expect(lesson.tags).toContain('error-format');
  });

  it.each([
    ["Error: Cannot find module 'left-pad'", 'Create or install `left-pad`'],
    ['ReferenceError: store is not defined', 'Define or import `store`'],
    ["error TS2345: Argument of type 'x' is not assignable", 'Make it type-check (TS2345)'],
    ["Error: ENOENT: no such file or directory, open 'config.json'", '`config.json`'],
    ['SyntaxError: Unexpected token }', 'Write files that parse: Unexpected token }'],
    ['sh: 1: eslint: not found', 'instead of `eslint`'],
    ["  expected 'a' to equal 'b'", "expected 'a' to equal 'b'"],
  ])('makes advice of "%s"', (line, advice) => {
    const evidence = `starting\n${line}\n    at foo (bar.js:1:1)\nbye`;
    const lesson = derive({ class: 'error', message: 'exited with 1', evidence });
    expect(lesson.improvedApproach).toContain(advice);
  });

  it('does not blame the approach for a passing fault', () => {
    const lesson = derive({ class: 'transient', message: 'connect ECONNREFUSED 127.0.0.1:80' });
    expect(lesson.improvedApproach).toMatch(/^The approach was not at fault/);
  });

  it('falls back on the end of an output that tells nothing', () => {
    const evidence = 'one\ntwo\nthree\nfour\n';
    const lesson = derive({ class: 'error', message: 'exited with 3', evidence });
    expect(lesson.failureReason).toContain('four');
    expect(lesson.improvedApproach).not.toBe('');
  });

  it('stays bounded and quick on huge output', () => {
    const evidence = `${'Error: x must be y '.repeat(20_000)}\n`.repeat(3) + 'a/'.repeat(100_000);
    const lesson = derive({ class: 'error', message: 'm'.repeat(10_000), evidence });
    expect(lesson.failureReason.length).toBeLessThanOrEqual(4_000);
    expect(lesson.improvedApproach.length).toBeLessThanOrEqual(4_000);
  });
});
