import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import {
  executorSchema,
  type PresetName,
  type PresetSpec,
} from '../../../src/domain/executor-spec.ts';
import { tempDir } from '../../support/temp-dir.ts';

/** An executable file. */
export async function program(source: string): Promise<string> {
  const file = join(await tempDir(), 'agent.cjs');
  await writeFile(file, `#!${process.execPath}\n${source}`, { mode: 0o755 });
  return file;
}

export const spec = (written: object) => executorSchema.parse(written) as PresetSpec;

/** What the program itself has printed (docs/agents.md says which version), without its long lists and paths. */
const sample = (type: PresetName) =>
  readFileSync(new URL(`samples/${type}.jsonl`, import.meta.url), 'utf8')
    .trim()
    .split('\n');

interface Transcript {
  /** That it needs for the output. */
  readonly arguments: string;
  readonly output: readonly unknown[];
  readonly usage: { inputTokens: number; outputTokens: number; costUsd?: number };
  /** A part of what a person sees of its second tool. */
  readonly shown: string;
}

/** What each program prints at its best. */
export const transcripts: Record<PresetName, Transcript> = {
  claude: {
    arguments:
      '--disallowedTools EnterWorktree,ExitWorktree --settings SETTINGS -p --output-format stream-json --verbose --permission-mode acceptEdits --model large --more',
    output: [
      { type: 'rate_limit_event', rate_limit_info: { status: 'allowed', resetsAt: 1 } },
      ...sample('claude'),
    ],
    usage: { inputTokens: 369, outputTokens: 135, costUsd: 0.0042018 },
    shown: '"npm test","description":"Run tests"}\n[error] This command requires approval',
  },
  codex: {
    arguments: 'exec --json --skip-git-repo-check --sandbox workspace-write --model large --more',
    output: [{ type: 'error', message: 'Reconnecting... 1/5' }, ...sample('codex')],
    usage: { inputTokens: 369, outputTokens: 135 },
    shown: "$ /bin/bash -lc 'npm test' (exit code 254)",
  },
  opencode: {
    arguments: 'run --format json --model large --more',
    output: sample('opencode'),
    usage: { inputTokens: 369, outputTokens: 135, costUsd: expect.closeTo(0.016569) as number },
    shown: '[bash] npm test',
  },
  aider: {
    arguments:
      '--message-file FILE --yes-always --no-auto-commits --no-dirty-commits --no-gitignore --no-pretty --no-stream --no-suggest-shell-commands --no-detect-urls --no-check-update --no-show-release-notes --no-show-model-warnings --analytics-disable --input-history-file FILE --chat-history-file FILE --model large --more',
    output: [
      'Aider v0.86.1',
      'litellm.APIConnectionError: connection reset',
      'Retrying in 0.2 seconds...',
      'Looking.',
      'Tokens: 100 sent, 20 cache write, 20 received. Cost: $0.10 message, $0.10 session.',
      'Applied edit to notes.txt',
      'Tokens: 1.2k sent, 25 received. Cost: $0.15 message, $0.25 session.',
    ],
    usage: { inputTokens: 1_300, outputTokens: 45, costUsd: 0.25 },
    shown: 'Applied edit to notes.txt',
  },
  gemini: {
    arguments: '--output-format stream-json --approval-mode auto_edit --model large --more',
    output: sample('gemini'),
    usage: { inputTokens: 492, outputTokens: 180 },
    shown: '[run_shell_command] {"command":"npm test"',
  },
};

const lines = (output: readonly unknown[]) =>
  output.map((each) => (typeof each === 'string' ? each : JSON.stringify(each))).join('\n');

/** A program that prints these and notes how it was called. */
export const printing = (output: readonly unknown[], exitCode = 0) =>
  program(`const { readFileSync, writeFileSync, mkdirSync } = require('fs');
    const argv = process.argv.slice(2);
    const file = argv[argv.indexOf('--message-file') + 1];
    writeFileSync('called.json', JSON.stringify({ argv, env: process.env, prompt: readFileSync(0, 'utf8') || readFileSync(file, 'utf8') }));
    mkdirSync('.aider.tags.cache.v4');
    console.log(${JSON.stringify(lines(output))});
    process.exitCode = ${exitCode}`);
