import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { loadConfig } from '../../src/config/config-file.ts';
import { renderReport, readReport } from '../../src/cli/run-report.ts';
import { roles } from '../../src/domain/role.ts';
import { choosePlanner, planRequest } from '../../src/maestro/planning/request-planner.ts';
import { submitRun } from '../../src/maestro/submit-run.ts';
import { startFleet, type Fleet } from '../../src/runtime/fleet.ts';
import { listMessages } from '../../src/storage/message-store.ts';
import { readProgress } from '../../src/storage/progress-store.ts';
import { getRun } from '../../src/storage/run-store.ts';
import { listTasks } from '../../src/storage/task-store.ts';
import { startAurora } from '../cli/aurora-process.ts';
import { openTestFleet, type TestFleet } from '../support/fleet.ts';
import { startOpenAiServer, type OpenAiServer } from '../support/openai-server.ts';
import { tempDir } from '../support/temp-dir.ts';
import { waitFor } from '../support/wait-for.ts';

// One process takes seconds to start where many tests share few cores.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

const request = 'Nutzer können Notizen anlegen.';
const answer = {
  title: 'Notizen',
  requirements: [
    {
      ...{ id: 'REQ-001', kind: 'functional', category: null, title: 'Users can create notes' },
      ...{ quote: request, priority: 'must', acceptance: [] },
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

let server: OpenAiServer;
let folder: string;
/** Services alone; Maestro starts when the first test has killed another one. */
let base: TestFleet;
let fleet: Fleet | undefined;
const db = () => base.services.database.db;

beforeAll(async () => {
  server = await startOpenAiServer();
  folder = await tempDir();
  writeFileSync(path.join(folder, 'agent.mjs'), `export default async () => ({ summary: 'did' });`);
  writeFileSync(
    path.join(folder, 'aurora.config.json'),
    JSON.stringify({
      agents: Object.fromEntries(
        roles.map((role) => [
          role,
          { role, executor: { type: 'function', module: './agent.mjs' } },
        ]),
      ),
      models: { local: { baseUrl: server.url, pricing: { m: { input: 1_000, output: 0 } } } },
      planner: { model: 'local:m' },
    }),
  );
  const config = await loadConfig(folder);
  base = await openTestFleet({
    ...{ backend: { kind: 'postgres' }, dataDir: folder, agents: config.agents, config },
    parts: { maestro: false, agents: [] },
  });
});
afterAll(async () => {
  await fleet?.close();
  await base.close();
  await server.close();
});

test('planning that a kill -9 cut off is done again, once, and all of it is paid for', async () => {
  const { run } = await submitRun(base.maestro, { requirement: request });
  server.answer([{ content: 'not yet' }, { hang: true }]);
  const first = startAurora([run.id], {
    ...{ cwd: folder, entry: 'test/processes/plan-run.ts' },
    env: { DATABASE_URL: base.services.database.url, AURORA_DATA_DIR: path.join(folder, 'data') },
  });
  await waitFor(() => server.requests.length === 2, { timeoutMs: 60_000 });
  first.kill('SIGKILL');
  await first.ended;
  expect(await getRun(db(), run.id)).toMatchObject({ state: 'submitted', plannedBy: null });

  server.answer([{ content: answer }]);
  const agents = base.services.config.agents;
  fleet = await startFleet(base.services, { web: false, maestro: true, agents });
  expect(await base.ended(run.id)).toMatchObject({
    state: 'done',
    plannedBy: { planner: 'model', repairs: 0, usage: { inputTokens: 100, costUsd: 0.1 } },
  });
  const messages = await listMessages(db(), run.id);
  expect(messages.filter(({ type }) => type === 'RUN_PLANNED')).toHaveLength(1);
  const progress = await readProgress(db(), [await getRun(db(), run.id)]);
  expect(progress.get(run.id)?.spent).toEqual({ tokens: 220, costUsd: 0.2 });
  const report = renderReport(await readReport(db(), run.id));
  expect(report).toContain('Planned by local:m, 110 tokens, $0.1000');
});

test('a run that the model could not plan goes on by the rules and says so', async () => {
  server.answer([{ status: 401, error: 'no such key' }]);
  const { run } = await submitRun(base.maestro, { requirement: 'Add a search box to the API.' });
  expect(await base.ended(run.id)).toMatchObject({
    state: 'done',
    plannedBy: { planner: 'rules', notice: expect.stringMatching(/401 no such key/) },
  });
});

test("a run's budget bounds its planning", async () => {
  server.answer([{ content: 'not yet' }]);
  const { run } = await submitRun(base.maestro, { requirement: request, budget: { tokens: 100 } });
  const { state, error } = await base.ended(run.id);
  expect([state, error]).toEqual(['failed', expect.stringMatching(/budget of the run is used up/)]);
  const by = await submitRun(base.maestro, { requirement: 'Add search.', planner: 'rules' });
  await base.ended(by.run.id);
  expect(server.requests).toHaveLength(5);
});

test('a plan that was shown before is carried out as it is, and what it has cost counts', async () => {
  const { agents } = base.services.config;
  server.answer([{ content: answer }]);
  const planner = await choosePlanner('model', base.maestro.planning);
  const shown = await planRequest({ request, repositoryDirectory: null, agents }, planner);
  const asked = server.requests.length;

  const { run } = await submitRun(base.maestro, { requirement: request }, shown);
  expect(await base.ended(run.id)).toMatchObject({ state: 'done', plannedBy: shown.plannedBy });
  expect((await listTasks(db(), run.id)).map(({ id }) => id)).toEqual(['notes']);
  const progress = await readProgress(db(), [await getRun(db(), run.id)]);
  expect(progress.get(run.id)?.spent).toEqual({ tokens: 110, costUsd: 0.1 });
  expect(server.requests).toHaveLength(asked);
});
