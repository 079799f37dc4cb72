import { expect, test } from 'vitest';
import { findPreset } from '../../../src/agents/executors/preset-version.ts';
import { exampleContext } from './conformance.ts';
import { program, spec } from './preset-programs.ts';

test.each([
  ['2.1.3 (Claude Code)', { kind: 'fits', version: '2.1.3' }],
  ['1.10.0', { kind: 'old', version: '1.10.0', minimum: '2.0.0' }],
  ['who knows', { kind: 'unclear', why: 'who knows' }],
])('a program that says it is %s', async (says, found) => {
  const file = await program(`console.log(${JSON.stringify(says)})`);
  const { env } = await exampleContext();
  expect(await findPreset(spec({ type: 'claude', program: file }), env, '/')).toEqual(found);
});

test('a program that is missing, and how to get it', async () => {
  const { env } = await exampleContext();
  const found = await findPreset(spec({ type: 'codex', program: 'no-such-agent' }), env, '/');
  expect(found).toEqual({ kind: 'missing', install: 'npm install -g @openai/codex' });
});
