import { writeFileSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { loadConfig } from '../../src/config/config-file.ts';
import { roles } from '../../src/domain/role.ts';
import { submitRun } from '../../src/maestro/submit-run.ts';
import { startFleet } from '../../src/runtime/fleet.ts';
import { listMessages } from '../../src/storage/message-store.ts';
import { listRevisions } from '../../src/storage/revision-store.ts';
import { getRun } from '../../src/storage/run-store.ts';
import { listAttempts, listTasks } from '../../src/storage/task-store.ts';
import { startAurora } from '../cli/aurora-process.ts';
import { openTestFleet, type TestFleet } from '../support/fleet.ts';
import { tempDir } from '../support/temp-dir.ts';
import { waitFor } from '../support/wait-for.ts';

// Each process takes seconds to start where many tests share few cores.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

let folder: string;
/** Services alone; each test starts the fleet when its damage is done. */
let base: TestFleet;
let runId: string;
const db = () => base.services.database.db;

beforeAll(async () => {
  folder = await tempDir();
  writeFileSync(path.join(folder, 'agent.mjs'), `export default async () => ({ summary: 'did' });`);
  const executor = { type: 'function', module: './agent.mjs' };
  const agents = Object.fromEntries(roles.map((role) => [role, { role, executor }]));
  writeFileSync(path.join(folder, 'aurora.config.json'), JSON.stringify({ agents }));
  const config = await loadConfig(folder);
  base = await openTestFleet({
    ...{ backend: { kind: 'postgres' }, dataDir: folder, agents: config.agents, config },
    parts: { maestro: false, agents: [] },
  });
  runId = (await submitRun(base.maestro, { requirement: 'Users can list notes.' })).run.id;
  await carryOut();
});
afterAll(() => base.close());

/** Lets a fleet finish the run. */
async function carryOut(): Promise<void> {
  const { agents } = base.services.config;
  const fleet = await startFleet(base.services, { web: false, maestro: true, agents });
  try {
    await waitFor(async () => (await listTasks(db(), runId)).length > 0);
    await waitFor(async () => (await getRun(db(), runId)).state !== 'submitted');
    expect(await base.ended(runId)).toMatchObject({ state: 'done', error: null });
  } finally {
    await fleet.close();
  }
}

/** Starts an amendment, and kills it -9 where it needs what somebody else has locked. */
async function killedAt(table: string, change: string): Promise<void> {
  const client = new pg.Client({ connectionString: base.services.database.url });
  await client.connect();
  try {
    await client.query('BEGIN');
    await client.query(`LOCK TABLE ${table} IN EXCLUSIVE MODE`);
    const amend = startAurora(['amend', runId, change], {
      cwd: folder,
      env: {
        DATABASE_URL: base.services.database.url,
        AURORA_DATA_DIR: path.join(folder, 'data'),
      },
    });
    const blocked = 'SELECT FROM pg_locks WHERE NOT granted AND relation = $1::regclass';
    await waitFor(async () => ((await client.query(blocked, [table])).rowCount ?? 0) > 0, {
      ...{ timeoutMs: 60_000, what: `a wait for ${table}` },
    });
    amend.kill('SIGKILL');
    expect(await amend.ended).toMatchObject({ code: null, stdout: '' });
  } finally {
    await client.end();
  }
}

test.each([
  // New requirements and tasks are written, and not committed.
  [
    'in the middle of changing it',
    'aurora.messages',
    'Users can delete a note.',
    'api-delete-note',
  ],
  // The changed plan is committed, and not in the queue.
  ['before it is in the queue', 'bullmq.job', 'Users can archive a note.', 'api-archive-note'],
])(
  'killed %s, an amendment is made once, and the run is whole',
  async (_when, table, change, task) => {
    const before = await listRevisions(db(), runId);
    await killedAt(table, change);
    await carryOut();
    const revisions = await listRevisions(db(), runId);
    expect(revisions).toHaveLength(before.length + 1);
    expect(revisions.at(-1)).toMatchObject({ refusal: null, settledAt: expect.any(Date) });
    const tasks = await listTasks(db(), runId);
    expect(tasks.map(({ id }) => id)).toContain(task);
    const attempts = await listAttempts(db(), runId);
    expect(attempts.map(({ taskId, state }) => `${taskId} ${state}`).sort()).toEqual(
      tasks.map(({ id }) => `${id} succeeded`).sort(),
    );
    const amended = (await listMessages(db(), runId)).filter(({ type }) => type === 'RUN_AMENDED');
    expect(amended).toHaveLength(revisions.length);
  },
);
