import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { agentSchema, type Agent } from '../../src/domain/agent.ts';
import { submitRun } from '../../src/maestro/submit-run.ts';
import { listMessages } from '../../src/storage/message-store.ts';
import { getTask, listAttempts } from '../../src/storage/task-store.ts';
import { isRunning } from '../agents/executors/processes.ts';
import { describeEachBackend } from '../support/backends.ts';
import { openTestFleet, type TestFleet } from '../support/fleet.ts';
import { makeRepository } from '../support/repository.ts';
import { tempDir } from '../support/temp-dir.ts';

/** Fails as its input says, as long as its input says; then works. */
const source = `
import { writeFileSync } from 'node:fs';
import path from 'node:path';
const tries = new Map();
export default async function work(task, ctx) {
  const tried = (tries.get(task.id) ?? 0) + 1;
  tries.set(task.id, tried);
  const { times = 0, error = {} } = task.input;
  if (tried <= times) throw Object.assign(new Error('no: ' + task.id), error);
  writeFileSync(path.join(ctx.directory, task.id), 'done');
  return { summary: 'did ' + task.id };
}
`;

const failing = (error: string) =>
  `export default () => { throw Object.assign(new Error('not me with lin_api_' + 'a1B2'.repeat(10)), ${error}); };`;

describeEachBackend('a failure', (backend) => {
  let folder: string;
  let fleet: TestFleet;
  const db = () => fleet.services.database.db;

  beforeAll(async () => {
    folder = await tempDir();
    writeFileSync(path.join(folder, 'agent.mjs'), source);
    writeFileSync(path.join(folder, 'broken.mjs'), failing('{ retryable: false }'));
    writeFileSync(path.join(folder, 'weak.mjs'), failing('{}'));
    const silent = `sleep 600 & echo $! > ${folder}/child; echo one; sleep 600`;
    const agents: Record<string, object> = {
      backend: { role: 'backend', executor: { type: 'function', module: './agent.mjs' } },
      broken: {
        ...{ role: 'database', weight: 100 },
        executor: { type: 'function', module: './broken.mjs' },
      },
      steady: { role: 'database', executor: { type: 'function', module: './agent.mjs' } },
      weak: {
        ...{ role: 'frontend', strongerAgent: 'steady' },
        executor: { type: 'function', module: './weak.mjs' },
      },
      silent: {
        role: 'devops',
        executor: { type: 'command', command: ['sh', '-c', silent] },
        idleTimeout: '400ms',
      },
    };
    fleet = await openTestFleet({
      backend,
      dataDir: folder,
      agents: Object.entries(agents).map(([name, spec]): Agent => ({
        name,
        ...agentSchema.parse(spec),
      })),
    });
  });
  afterAll(() => fleet.close());

  const submit = async (id: string, rest: object): Promise<string> => {
    const { run } = await submitRun(fleet.maestro, {
      plan: { version: 1, title: id, tasks: [{ id, title: id, role: 'backend', ...rest }] },
      repository: makeRepository(path.join(folder, 'repositories', id), { a: 'a\n' }),
    });
    return run.id;
  };
  const attemptsOf = async (runId: string) =>
    (await listAttempts(db(), runId)).map(({ state, decision }) => [state, decision?.kind]);

  test('because of a rate limit waits for it, and costs no attempt', async () => {
    const error = { status: 429, headers: { 'retry-after-ms': '300' } };
    const runId = await submit('limited', { maxAttempts: 1, input: { times: 2, error } });
    expect((await fleet.ended(runId)).state).toBe('done');
    expect(await attemptsOf(runId)).toEqual([
      ['deferred', 'wait'],
      ['deferred', 'wait'],
      ['succeeded', undefined],
    ]);
    expect((await getTask(db(), runId, 'limited')).failures).toBe(0);
  });

  test('of the database in the middle of an attempt costs none, and tells no SQL', async () => {
    await fleet.services.database.pool.query(`
      CREATE SEQUENCE aurora.outages;
      CREATE FUNCTION aurora.fail_once() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF nextval('aurora.outages') = 1 THEN
          RAISE EXCEPTION 'going away' USING ERRCODE = 'admin_shutdown';
        END IF;
        RETURN NEW;
      END $$;
      CREATE TRIGGER fail_once BEFORE UPDATE OF work_commit ON aurora.tasks
        FOR EACH ROW WHEN (NEW.id = 'outage' AND NEW.work_commit IS NOT NULL)
        EXECUTE FUNCTION aurora.fail_once()`);
    const runId = await submit('outage', { maxAttempts: 1 });
    expect((await fleet.ended(runId)).state).toBe('done');
    const [first, ...others] = await listAttempts(db(), runId);
    expect(first).toMatchObject({
      state: 'deferred',
      failure: {
        class: 'unavailable',
        message: 'The database failed in the middle of the attempt (SQLSTATE 57P01).',
      },
    });
    expect(others.map(({ state, number }) => [state, number])).toEqual([['succeeded', 1]]);
  });

  test('that the same agent cannot mend goes to another one, and what depends on it follows', async () => {
    const { run } = await submitRun(fleet.maestro, {
      plan: {
        ...{ version: 1, title: 'substitutes' },
        tasks: [
          { id: 'schema', title: 'Schema', role: 'database' },
          { id: 'page', title: 'Page', role: 'frontend', maxAttempts: 1, dependsOn: ['schema'] },
          { id: 'last', title: 'Last', role: 'backend', dependsOn: ['schema', 'page'] },
        ],
      },
      repository: makeRepository(path.join(folder, 'repositories', 'substitutes'), { a: 'a\n' }),
    });
    expect((await fleet.ended(run.id)).state).toBe('done');
    const attempts = await listAttempts(db(), run.id, ['schema', 'page']);
    expect(attempts.map(({ agent, state, decision }) => [agent, state, decision?.kind])).toEqual([
      ['weak', 'failed', 'stronger'],
      ['steady', 'succeeded', undefined],
      ['broken', 'failed', 'reassign'],
      ['steady', 'succeeded', undefined],
    ]);
    // What fails tells no secret.
    expect(JSON.stringify(attempts)).toContain('not me with [redacted:');
    const messages = await listMessages(db(), run.id);
    expect(JSON.stringify([attempts, messages])).not.toContain('a1B2');
  });

  test('by silence: stopped with its whole group, and counted', async () => {
    const runId = await submit('silent', { role: 'devops', maxAttempts: 1 });
    expect((await fleet.ended(runId)).state).toBe('blocked');
    expect((await getTask(db(), runId, 'silent')).failure).toMatchObject({
      class: 'timeout',
      message: expect.stringContaining('printed nothing for 400 ms') as string,
    });
    expect(await attemptsOf(runId)).toEqual([['failed', 'escalate']]);
    const child = path.join(folder, 'child');
    expect(existsSync(child) && isRunning(Number(readFileSync(child, 'utf8')))).toBe(false);
  });
});
