import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/config-file.ts';
import type { AuroraError } from '../../src/domain/errors.ts';
import { limitsOf, setupsOf } from '../../src/domain/project-settings.ts';
import { tempDir } from '../support/temp-dir.ts';

let folder: string;
beforeAll(async () => {
  folder = await tempDir();
});

/** A folder with one file. */
function withFile(name: string, content: string): string {
  const directory = path.join(folder, `${name}-${Math.abs(hash(content))}`);
  mkdirSync(directory);
  writeFileSync(path.join(directory, name), content);
  return directory;
}

const hash = (text: string) =>
  [...text].reduce((sum, each) => (sum * 31 + each.charCodeAt(0)) | 0, 7);

const command = "{ type: 'command', command: ['true'] }";

test.each([
  [
    'aurora.config.ts',
    `const role: string = 'backend';\nexport default { agents: { it: { role, executor: ${command} } } };`,
  ],
  [
    'aurora.config.mjs',
    `export default { agents: { it: { role: 'backend', executor: ${command} } } };`,
  ],
  [
    'aurora.config.json',
    '{"agents":{"it":{"role":"backend","executor":{"type":"command","command":["true"]}}}}',
  ],
])('%s is found and loaded, with defaults filled in', async (name, content) => {
  const directory = withFile(name, content);
  const config = await loadConfig(directory);
  expect(config.file).toBe(path.join(directory, name));
  expect(config.directory).toBe(directory);
  expect(config.agents).toEqual([
    {
      name: 'it',
      role: 'backend',
      capabilities: [],
      weight: 1,
      concurrency: 2,
      executor: { type: 'command', command: ['true'], env: [] },
    },
  ]);
});

test('a coding agent by its name alone', async () => {
  const agents = { it: { role: 'backend', executor: 'codex' } };
  const config = await loadConfig(withFile('aurora.config.json', JSON.stringify({ agents })));
  const executor = { type: 'codex', permissions: 'edit', args: [], env: [], tools: false };
  expect(config.agents).toMatchObject([{ executor }]);
});

test('projects: limits for the record, and set-up commands in both ways', async () => {
  const agents = { it: { role: 'backend', executor: 'codex' } };
  const projects = {
    one: { maxParallel: 2, setup: ['npm', 'ci'] },
    two: { setup: { command: ['make'], files: ['Makefile'] } },
    three: { maxParallel: null },
  };
  const content = JSON.stringify({ agents, projects });
  const config = await loadConfig(withFile('aurora.config.json', content));
  expect(limitsOf(config.projects)).toEqual({
    one: { maxParallel: 2 },
    three: { maxParallel: null },
  });
  expect([...setupsOf(config.projects)]).toEqual([
    ['one', { command: ['npm', 'ci'], files: undefined }],
    ['two', { command: ['make'], files: ['Makefile'] }],
  ]);
});

test('what cannot be held back is not said to be', async () => {
  const executor = { type: 'function', module: './it.mjs' };
  const sandbox = { type: 'bubblewrap' };
  const agents = {
    one: { role: 'backend', executor, sandbox },
    two: { role: 'backend', executor: 'codex', sandbox, maxMemory: 'much' },
  };
  const { problems } = await problemsOf('aurora.config.json', JSON.stringify({ agents }));
  expect(problems.map(({ path: place }) => place)).toEqual(['agents.two.maxMemory']);
  const { problems: rest } = await problemsOf(
    'aurora.config.json',
    JSON.stringify({ agents: { one: agents.one } }),
  );
  expect(rest).toMatchObject([{ path: 'agents.one.sandbox' }]);
});

test('the example with agents of every kind is accepted', async () => {
  const config = await loadConfig(path.resolve('examples/coding-agents'));
  const kinds = config.agents.map(({ executor }) => executor.type);
  expect(new Set(kinds)).toEqual(new Set(['claude', 'codex', 'model', 'acp', 'command']));
});

test('without a file there is one agent per role', async () => {
  const config = await loadConfig(await tempDir());
  expect(config.file).toBeUndefined();
  expect(config.agents).toHaveLength(13);
});

async function problemsOf(name: string, content: string): Promise<AuroraError> {
  try {
    await loadConfig(withFile(name, content));
  } catch (error) {
    expect(error).toMatchObject({ code: 'config-invalid' });
    return error as AuroraError;
  }
  throw new Error('It was accepted.');
}

test('all typos are named at once, each with its place and what was probably meant', async () => {
  const { problems } = await problemsOf(
    'aurora.config.json',
    JSON.stringify({
      agents: {
        one: { role: 'fronted', capabilites: [], executor: { type: 'command', command: ['x'] } },
        two: { role: 'backend', executor: { type: 'comand', command: ['x'] } },
        three: { executor: { type: 'command', comand: ['x'] } },
        four: { role: 'backend', executor: 'cloude' },
      },
      agnets: {},
    }),
  );
  const found = problems.map(({ path: place, message }) => `${place} ${message}`);
  expect(found).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^agents.one.role "fronted" is unknown, did you mean "frontend"\?/),
      'agents.one unknown key "capabilites", did you mean "capabilities"?',
      expect.stringMatching(
        /^agents.two.executor.type "comand" is unknown, did you mean "command"\?/,
      ),
      expect.stringMatching(
        /^agents.four.executor.type "cloude" is unknown, did you mean "claude"\?/,
      ),
      expect.stringMatching(/^agents.three.role is missing; there are architect, /),
      'agents.three.executor.command is missing',
      'agents.three.executor unknown key "comand", did you mean "command"?',
      '(top level) unknown key "agnets", did you mean "agents"?',
    ]),
  );
  expect(found).toHaveLength(8);
});

test.each([
  ['aurora.config.json', '{,}', 'cannot be read'],
  ['aurora.config.mjs', "throw new Error('boom')", 'cannot be read: boom'],
  ['aurora.config.ts', 'export default {', 'cannot be read'],
  ['aurora.config.mjs', 'export const agents = {}', 'exports nothing by default'],
  ['aurora.config.json', '{"agents":{}}', 'needs at least one agent'],
  ['aurora.config.yaml', 'agents: {}', 'not a configuration that Aurora reads'],
])('%s that holds %s is refused', async (name, content, words) => {
  expect((await problemsOf(name, content)).message).toContain(words);
});

test('a named file that is missing is no silent default', async () => {
  await expect(loadConfig(folder, 'nowhere.ts')).rejects.toMatchObject({
    code: 'config-invalid',
    message: expect.stringContaining(path.join(folder, 'nowhere.ts')) as string,
  });
});

test('providers of models need an address of their own, unless they are known', async () => {
  const agents = `agents: { it: { role: 'backend', executor: ${command} } }`;
  const good = withFile(
    'aurora.config.mjs',
    `export default { ${agents}, models: { openai: { pricing: { m: { input: 1, output: 2 } } } } };`,
  );
  expect((await loadConfig(good)).models['openai']?.pricing['m']).toEqual({ input: 1, output: 2 });
  const bad = withFile(
    'aurora.config.mjs',
    `export default { ${agents}, models: { local: { pricng: {} }, other: {} } };`,
  );
  const error = await loadConfig(bad).then(
    () => undefined,
    (thrown: AuroraError) => thrown,
  );
  expect(error?.message).toMatch(/models\.local: unknown key "pricng", did you mean "pricing"\?/);
  const missing = withFile('aurora.config.mjs', `export default { ${agents}, models: { x: {} } };`);
  await expect(loadConfig(missing)).rejects.toThrow(/models\.x\.baseUrl: is missing/);
});
