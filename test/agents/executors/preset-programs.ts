import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
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

/** What each program prints at its best, and the arguments that it needs for that. */
export const transcripts: Record<PresetName, { arguments: string; output: readonly unknown[] }> = {
  claude: {
    arguments:
      '-p --output-format stream-json --verbose --permission-mode acceptEdits --model large --more',
    output: [
      { type: 'system', subtype: 'init', session_id: 's', tools: ['Edit'] },
      {
        type: 'assistant',
        message: {
          id: 'm1',
          content: [
            { type: 'text', text: 'Looking.' },
            { type: 'tool_use', id: 't1', name: 'Edit', input: { file_path: 'a.ts' } },
          ],
        },
      },
      { type: 'user', message: { content: [{ type: 'tool_result', content: 'ok' }] } },
      { type: 'rate_limit_event', rate_limit_info: { status: 'allowed', resetsAt: 1 } },
      {
        ...{ type: 'result', subtype: 'success', is_error: false, result: 'All done.' },
        ...{ total_cost_usd: 0.25, num_turns: 2, session_id: 's' },
        usage: {
          input_tokens: 100,
          cache_creation_input_tokens: 20,
          cache_read_input_tokens: 3,
          output_tokens: 45,
        },
      },
    ],
  },
  codex: {
    arguments: 'exec --json --skip-git-repo-check --sandbox workspace-write --model large --more',
    output: [
      { type: 'thread.started', thread_id: 't' },
      { type: 'turn.started' },
      { type: 'error', message: 'Reconnecting... 1/5' },
      { type: 'item.completed', item: { id: '1', type: 'reasoning', text: 'hm' } },
      { type: 'item.completed', item: { id: '2', type: 'agent_message', text: 'Looking.' } },
      {
        type: 'item.completed',
        item: { id: '3', type: 'command_execution', command: 'npm test', exit_code: 1 },
      },
      {
        type: 'item.completed',
        item: { id: '4', type: 'file_change', changes: [{ path: 'a.ts', kind: 'update' }] },
      },
      { type: 'item.completed', item: { id: '5', type: 'agent_message', text: 'All done.' } },
      {
        type: 'turn.completed',
        usage: { input_tokens: 123, cached_input_tokens: 23, output_tokens: 45 },
      },
    ],
  },
  opencode: {
    arguments: 'run --format json --model large --more',
    output: [
      { type: 'step_start', sessionID: 's', part: { type: 'step-start' } },
      { type: 'text', part: { type: 'text', text: 'Looking.' } },
      {
        type: 'tool_use',
        part: { type: 'tool', tool: 'edit', state: { status: 'completed', title: 'a.ts' } },
      },
      {
        type: 'step_finish',
        part: {
          reason: 'tool-calls',
          cost: 0.125,
          tokens: { input: 60, output: 20, reasoning: 5, cache: { read: 3, write: 20 } },
        },
      },
      { type: 'text', part: { type: 'text', text: 'All done.' } },
      {
        type: 'step_finish',
        part: { reason: 'stop', cost: 0.125, tokens: { input: 40, output: 20, reasoning: 0 } },
      },
    ],
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
      'Applied edit to a.ts',
      'Tokens: 1.2k sent, 25 received. Cost: $0.15 message, $0.25 session.',
    ],
  },
  gemini: {
    arguments: '--output-format stream-json --approval-mode auto_edit --model large --more',
    output: [
      { type: 'init', timestamp: 't', session_id: 's', model: 'm' },
      { type: 'message', role: 'user', content: 'the prompt' },
      { type: 'message', role: 'assistant', content: 'Look', delta: true },
      { type: 'message', role: 'assistant', content: 'ing.', delta: true },
      { type: 'tool_use', tool_name: 'edit', tool_id: '1', parameters: { path: 'a.ts' } },
      { type: 'tool_result', tool_id: '1', status: 'success' },
      { type: 'message', role: 'assistant', content: 'All ', delta: true },
      { type: 'message', role: 'assistant', content: 'done.', delta: true },
      {
        type: 'result',
        status: 'success',
        stats: { total_tokens: 168, input_tokens: 123, output_tokens: 45, tool_calls: 1 },
      },
    ],
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
