import { join } from 'node:path';
import type { Complaint, Preset, PresetReader } from '../preset.ts';

/** Aider: https://aider.chat/docs/scripting.html. It prints prose, and edits but runs no commands. */
export const aider: Preset = {
  program: 'aider',
  minimum: '0.60.0',
  install: 'python -m pip install aider-install && aider-install',
  env: [
    'ANTHROPIC_API_KEY',
    'OPENAI_API_KEY',
    'GEMINI_API_KEY',
    'OPENROUTER_API_KEY',
    'DEEPSEEK_API_KEY',
  ],
  state: ['.aider', '.aider.conf.yml'],
  promptBy: 'file',
  arguments: ({ model, promptFile, control }) => [
    ...['--message-file', promptFile, '--yes-always'],
    // Aurora commits, and the project's .gitignore is not aider's to change.
    ...['--no-auto-commits', '--no-dirty-commits', '--no-gitignore'],
    ...['--no-pretty', '--no-stream', '--no-suggest-shell-commands', '--no-detect-urls'],
    ...['--no-check-update', '--no-show-release-notes', '--no-show-model-warnings'],
    ...['--analytics-disable'],
    ...['--input-history-file', join(control, 'aider.input')],
    ...['--chat-history-file', join(control, 'aider.chat.md')],
    ...(model === undefined ? [] : ['--model', model]),
  ],
  createReader,
  litter: /^\.aider\.tags\.cache\./,
};

const tokens =
  /^Tokens: ([\d.,]+[kM]?) sent,(?: [\d.,]+[kM]? cache (?:write|hit),)* ([\d.,]+[kM]?) received\.(?:.*?\$([\d.,]+) session)?/;
/** It ends with 0 also when the model never answered. */
const failure = /^(?:litellm\.(\w+(?:Error|Exception))|(?:openai|anthropic)\.\w*Error)\b/;

function createReader(): PresetReader {
  const edited = new Set<string>();
  const usage = { inputTokens: 0, outputTokens: 0 };
  let costUsd: number | undefined;
  let answers = 0;
  let complaint: Complaint | undefined;
  return {
    line(line) {
      const spent = tokens.exec(line);
      if (spent !== null) {
        answers += 1;
        complaint = undefined;
        usage.inputTokens += countOf(spent[1]);
        usage.outputTokens += countOf(spent[2]);
        // Of the session: what came before is in it.
        if (spent[3] !== undefined) costUsd = Number(spent[3].replaceAll(',', ''));
      } else if (failure.test(line)) {
        complaint = { message: line };
      }
      const file = /^Applied edit to (.+)$/.exec(line)?.[1];
      if (file !== undefined) edited.add(file.trim());
      return line;
    },
    report() {
      const summary = edited.size === 0 ? undefined : `Edited ${[...edited].join(', ')}.`;
      const cost = costUsd === undefined ? {} : { costUsd };
      return {
        summary,
        usage: answers === 0 ? undefined : { ...usage, ...cost },
        verdict: complaint ?? (answers === 0 ? 'silent' : 'done'),
      };
    },
  };
}

/** "4.2k", as it writes thousands. */
function countOf(text = '0'): number {
  const scale = text.endsWith('k') ? 1_000 : text.endsWith('M') ? 1_000_000 : 1;
  return Math.round(Number(text.replace(/[,kM]/g, '')) * scale);
}
