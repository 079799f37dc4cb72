import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** A coding agent, and how it finds the scripted models, as its owner would tell it. */
interface Program {
  /** On the npm registry. */
  readonly package: string;
  /** The executor of its agent, without permissions. */
  readonly executor: { readonly type: string; readonly [setting: string]: unknown };
  /** What it needs of the home folder in a sandbox, where Aurora does not know that. */
  readonly readable?: readonly string[];
}

const acp = (...command: string[]) => ({
  ...{ type: 'acp', command },
  env: [
    ...['ANTHROPIC_API_KEY', 'ANTHROPIC_BASE_URL', 'OPENAI_API_KEY'],
    ...['GEMINI_API_KEY', 'GOOGLE_GEMINI_BASE_URL'],
  ],
});

export const programs: Readonly<Record<string, Program>> = {
  claude: { package: '@anthropic-ai/claude-code', executor: { type: 'claude' } },
  codex: { package: '@openai/codex', executor: { type: 'codex' } },
  opencode: { package: 'opencode-ai', executor: { type: 'opencode' } },
  gemini: { package: '@google/gemini-cli', executor: { type: 'gemini' } },
  'claude-acp': {
    package: '@agentclientprotocol/claude-agent-acp',
    executor: acp('claude-agent-acp'),
  },
  'opencode-acp': {
    package: 'opencode-ai',
    executor: acp('opencode', 'acp'),
    readable: ['~/.config/opencode'],
  },
  'gemini-acp': { package: '@google/gemini-cli', executor: acp('gemini', '--acp') },
};

/** Variables that lead the programs to the models. */
export const variablesFor = (url: string): Readonly<Record<string, string>> => ({
  ANTHROPIC_API_KEY: 'dummy',
  ANTHROPIC_BASE_URL: url,
  OPENAI_API_KEY: 'dummy',
  GEMINI_API_KEY: 'dummy',
  GOOGLE_GEMINI_BASE_URL: url,
});

/** Settings of the programs that take no variables for it. */
export function writeSettings(home: string, url: string): void {
  const write = (file: string, content: string) => {
    mkdirSync(path.dirname(path.join(home, file)), { recursive: true });
    writeFileSync(path.join(home, file), content);
  };
  write(
    '.codex/config.toml',
    // Later models are offered one tool, which runs JavaScript.
    `model = "gpt-5.5"
model_provider = "scripted"
[model_providers.scripted]
name = "Scripted"
base_url = "${url}/v1"
env_key = "OPENAI_API_KEY"
wire_api = "responses"
`,
  );
  write(
    '.gemini/settings.json',
    '{ "security": { "auth": { "selectedType": "gemini-api-key" } } }',
  );
  const scripted = {
    npm: '@ai-sdk/openai-compatible',
    options: { baseURL: `${url}/v1`, apiKey: '{env:OPENAI_API_KEY}' },
    models: { scripted: { cost: { input: 1, output: 1 } } },
  };
  write(
    '.config/opencode/opencode.json',
    JSON.stringify({ provider: { scripted }, model: 'scripted/scripted' }),
  );
}
