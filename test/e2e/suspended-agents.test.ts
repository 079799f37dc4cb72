import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { agentSchema, type Agent } from '../../src/domain/agent.ts';
import { resumeAgent } from '../../src/maestro/resume-agent.ts';
import { submitRun } from '../../src/maestro/submit-run.ts';
import { listSuspended } from '../../src/storage/circuit-store.ts';
import { listMessages } from '../../src/storage/message-store.ts';
import { getRun } from '../../src/storage/run-store.ts';
import { listAttempts, listTasks } from '../../src/storage/task-store.ts';
import { readRunReasons } from '../../src/storage/waiting-store.ts';
import { describeEachBackend } from '../support/backends.ts';
import { openTestFleet, type TestFleet } from '../support/fleet.ts';
import { tempDir } from '../support/temp-dir.ts';
import { waitFor } from '../support/wait-for.ts';

/** Works only while its key is there. */
const source = (key: string) => `
import { existsSync } from 'node:fs';
export default async function work(task) {
  if (existsSync(${JSON.stringify(key)})) return { summary: 'did ' + task.id };
  throw new Error('401 Unauthorized: invalid x-api-key (request req_' + Math.random().toString(16).slice(2) + ') for ' + task.title);
}
`;

describeEachBackend('an agent with a bad key', (backend) => {
  let folder: string;
  let fleet: TestFleet;
  const db = () => fleet.services.database.db;
  const key = (name: string) => path.join(folder, `${name}.key`);

  beforeAll(async () => {
    folder = await tempDir();
    const agent = (name: string, role: string): Agent => {
      writeFileSync(path.join(folder, `${name}.mjs`), source(key(name)));
      const executor = { type: 'function', module: `./${name}.mjs` };
      return { name, ...agentSchema.parse({ role, executor }) };
    };
    const agents = [agent('coder', 'backend'), agent('first', 'database')];
    agents.push({ ...agent('second', 'database'), concurrency: 1 });
    writeFileSync(key('second'), '');
    fleet = await openTestFleet({ backend, dataDir: folder, agents });
  });
  afterAll(() => fleet.close());

  const submit = async (role: string, count: number): Promise<string> => {
    const tasks = Array.from({ length: count }, (_, index) => ({
      ...{ id: `t${index}`, title: `Task number ${index} of many`, role },
    }));
    const plan = { version: 1, title: role, tasks };
    return (await submitRun(fleet.maestro, { plan })).run.id;
  };
  const typesOf = async (runId: string) =>
    (await listMessages(db(), runId)).map(({ type }) => type).filter((type) => /^AGENT/.test(type));

  test('burns few attempts; its tasks wait, say why, and go on when it is resumed', async () => {
    const runId = await submit('backend', 20);
    const circuit = await waitFor(async () => (await listSuspended(db())).get('coder'));
    expect(circuit.reason).toContain('401 Unauthorized');
    await waitFor(
      async () => (await listTasks(db(), runId)).some(({ parkedFor }) => parkedFor === 'circuit'),
      { what: 'a task that waits for its agent' },
    );
    // A probe comes, fails, and opens nothing anew.
    await waitFor(async () => ((await listSuspended(db())).get('coder')?.probes ?? 0) >= 1, {
      ...{ what: 'a probe', timeoutMs: 30_000 },
    });
    await waitFor(async () =>
      (await listAttempts(db(), runId)).every(({ state }) => state !== 'running'),
    );
    const [tasks, run] = [await listTasks(db(), runId), await getRun(db(), runId)];
    expect(tasks.map(({ state }) => state)).toEqual(tasks.map(() => 'waiting'));
    const reasons = [...(await readRunReasons(db(), run, tasks)).values()];
    expect(reasons).toHaveLength(20);
    expect(new Set(reasons.map((reason) => reason.slice(0, 32)))).toEqual(
      new Set(['agent coder is suspended, its at']),
    );
    const before = await listAttempts(db(), runId);
    expect(before.length).toBeLessThan(12);
    expect(await typesOf(runId)).toEqual(['AGENT_SUSPENDED']);

    writeFileSync(key('coder'), '');
    const answers = await Promise.allSettled(
      ['Ada', 'Bob'].map((by) => resumeAgent(fleet.maestro, 'coder', by)),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect((await fleet.ended(runId)).state).toBe('done');
    expect(await typesOf(runId)).toEqual(['AGENT_SUSPENDED', 'AGENT_RESUMED']);
    expect((await listSuspended(db())).size).toBe(0);
  });

  test('loses its waiting tasks to another one that can do them', async () => {
    const runId = await submit('database', 30);
    expect((await fleet.ended(runId)).state).toBe('done');
    const failed = (await listAttempts(db(), runId)).filter(({ agent }) => agent === 'first');
    expect(failed.length).toBeLessThan(12);
    expect(existsSync(key('first'))).toBe(false);
  });

  test('works again once a probe succeeds', async () => {
    expect((await listSuspended(db())).has('first')).toBe(true);
    writeFileSync(key('first'), '');
    await fleet.services.database.pool.query(
      `UPDATE aurora.agent_circuits SET probe_at = now() WHERE agent = 'first'`,
    );
    const plan = {
      ...{ version: 1, title: 'probe' },
      tasks: [{ id: 'one', title: 'One', agent: 'first' }],
    };
    const { run } = await submitRun(fleet.maestro, { plan });
    expect((await fleet.ended(run.id)).state).toBe('done');
    await waitFor(async () => !(await listSuspended(db())).has('first'));
  });
});
