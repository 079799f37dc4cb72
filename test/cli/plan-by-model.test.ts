import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startOpenAiServer, type OpenAiServer } from '../support/openai-server.ts';
import { waitFor } from '../support/wait-for.ts';
import { tempDir } from '../support/temp-dir.ts';
import { aurora, startAurora } from './aurora-process.ts';

// Each process takes seconds to start where many tests share few cores.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

const key = 'sk-0123456789abcdef';
let server: OpenAiServer;
let cwd: string;
let env: Record<string, string>;

beforeAll(async () => {
  server = await startOpenAiServer({ key });
  cwd = await tempDir();
  const agent = { role: 'backend', executor: { type: 'command', command: ['true'] } };
  const config = { agents: { backend: agent }, planner: { model: 'openai:some-model' } };
  writeFileSync(path.join(cwd, 'aurora.config.json'), JSON.stringify(config));
  env = {
    ...{ OPENAI_API_KEY: key, OPENAI_BASE_URL: server.url },
    AURORA_DATA_DIR: path.join(cwd, 'data'),
  };
});
afterAll(() => server.close());

const answer = {
  title: 'Notes',
  requirements: [
    {
      ...{ id: 'REQ-001', kind: 'functional', category: null, title: 'Users can create notes' },
      ...{ quote: 'Users can create notes', priority: 'must', acceptance: [] },
    },
  ],
  tasks: [
    {
      ...{ id: 'notes', title: 'Notes', role: 'backend', requirements: ['REQ-001'], dependsOn: [] },
      ...{ goal: 'Notes can be created.', changesCode: true, scope: [] },
    },
  ],
  questions: [],
};

test('aurora plan shows the plan of the configured model and what it used', async () => {
  server.answer(() => ({ content: answer }));
  const [text, json] = await Promise.all([
    aurora(['plan', 'Users can create notes'], { cwd, env }),
    aurora(['plan', 'Users can create notes', '--json'], { cwd, env }),
  ]);
  expect([text.code, text.stderr]).toEqual([0, '']);
  expect(text.stdout).toContain('Planned by openai:some-model, 110 tokens, cost unknown');
  expect(JSON.parse(json.stdout)).toMatchObject({
    plan: { tasks: [{ id: 'notes' }] },
    plannedBy: { planner: 'model', usage: { costUsd: null } },
  });
});

test('what is wrong with the configuration is said, with exit code 2, and by aurora check', async () => {
  const { OPENAI_API_KEY: _key, ...keyless } = env;
  const [missing, check, unconfigured] = await Promise.all([
    aurora(['plan', 'Users can create notes', '--json'], { cwd, env: keyless }),
    aurora(['check', '--json'], {
      cwd,
      env: { ...env, OPENAI_API_KEY: 'sk-other', DATABASE_URL: 'postgres://127.0.0.1:1/none' },
    }),
    aurora(['plan', 'x', '--planner', 'model', '--json'], { cwd: await tempDir(), env }),
  ]);
  expect(missing.code).toBe(2);
  expect(JSON.parse(missing.stdout)).toMatchObject({ error: { code: 'model-key-missing' } });
  expect(unconfigured.code).toBe(2);
  expect(JSON.parse(unconfigured.stdout)).toMatchObject({ error: { code: 'request-invalid' } });
  const { findings } = JSON.parse(check.stdout) as { findings: unknown[] };
  expect(findings).toContainEqual({
    ...{ level: 'warning', what: 'planner' },
    detail: 'openai:some-model: its key is refused (401); the rules plan instead',
  });
});

test('stopping aurora plan stops the question', async () => {
  const dropped = server.dropped();
  server.answer([{ hang: true }]);
  const before = server.requests.length;
  const command = startAurora(['plan', 'Users can create notes'], { cwd, env });
  await waitFor(() => server.requests.length > before, { timeoutMs: 60_000 });
  command.kill('SIGINT');
  await dropped;
  expect(await command.ended).toMatchObject({ code: 130, stdout: '' });
});
