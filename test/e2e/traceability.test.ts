import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { coverageMarkdown, coverageOf } from '../../src/domain/requirement-trace.ts';
import { submitRun } from '../../src/maestro/submit-run.ts';
import { recordCheck } from '../../src/storage/check-store.ts';
import { readTrace, readVerdicts } from '../../src/storage/trace-store.ts';
import { openTestFleet, type TestFleet } from '../support/fleet.ts';
import { git, makeRepository } from '../support/repository.ts';
import { tempDir } from '../support/temp-dir.ts';
import { moduleAgent } from './agent-module.ts';

describe('traceability', () => {
  let folder: string;
  let fleet: TestFleet;
  const db = () => fleet.services.database.db;

  beforeAll(async () => {
    folder = await tempDir();
    const { agent } = moduleAgent(folder);
    fleet = await openTestFleet({
      backend: { kind: 'postgres' },
      agents: [agent],
      dataDir: folder,
    });
  });
  afterAll(() => fleet.close());

  const submit = async (name: string, requirements: object[], tasks: object[]) => {
    const repository = makeRepository(path.join(folder, name), { 'README.md': 'Here.\n' });
    const plan = {
      ...{ version: 1, title: name, requirements },
      tasks: tasks.map((task) => ({ title: name, role: 'backend', ...task })),
    };
    const { run } = await submitRun(fleet.maestro, { plan, repository });
    return { runId: run.id, repository, ended: await fleet.ended(run.id) };
  };
  const requirement = (id: string, acceptance: string[] = []) => ({
    ...{ id, title: `Title of ${id}`, acceptance },
  });

  test('a requirement is traced to the check that passed on the commit that was merged', async () => {
    const verify = ['node', '-e', "require('fs').accessSync('api.txt')"];
    const { runId, repository, ended } = await submit(
      'traced',
      [requirement('REQ-001', ['api.txt is there'])],
      [
        { id: 'schema', requirements: ['REQ-001'], input: { file: 'schema.txt' } },
        {
          ...{ id: 'api', requirements: ['REQ-001'], dependsOn: ['schema'], verify },
          input: { file: 'api.txt' },
        },
      ],
    );
    expect(ended).toMatchObject({ state: 'done', error: null });
    const [trace] = await readTrace(db(), runId);
    expect(trace).toMatchObject({ state: 'done', reason: null });
    const api = trace?.tasks.find(({ id }) => id === 'api');
    const attempt = api?.attempts[0];
    expect(attempt?.checks).toMatchObject([
      { stage: 'work', command: verify, commit: attempt?.commit, passed: true },
    ]);
    // The rows say what git says: the merge contains the checked commit, and both name the requirement.
    const merge = api?.mergeCommit as string;
    const checked = attempt?.commit as string;
    git(repository, 'merge-base', '--is-ancestor', checked, merge);
    const trailers = '--format=%(trailers:key=Aurora-Requirement,valueonly)';
    for (const commit of [merge, checked]) {
      expect(git(repository, 'log', '-1', trailers, commit).trim()).toBe('REQ-001');
    }
    const coverage = coverageOf([trace!]);
    expect(coverage).toMatchObject([
      { tasks: { total: 2, done: 2 }, attempts: 2, checks: { total: 1, passed: 1 } },
    ]);
    expect(coverageMarkdown(coverage)).toContain('| REQ-001 | Title of REQ-001 | done | 2/2 | 2 |');
  });

  test('a run with a requirement that nobody serves or checks does not end as done', async () => {
    const verify = ['node', '-e', '0'];
    const { runId, ended } = await submit(
      'gaps',
      [
        requirement('REQ-001'),
        requirement('REQ-002'),
        requirement('REQ-003', ['it is quick']),
        requirement('REQ-004'),
      ],
      [
        { id: 'checked', requirements: ['REQ-001'], verify },
        { id: 'unchecked', requirements: ['REQ-003', 'REQ-004'] },
      ],
    );
    expect(ended.state).toBe('failed');
    expect(ended.error).toContain('2 requirements are not done');
    expect(ended.error).toContain('REQ-002 "Title of REQ-002" (no task serves it)');
    expect(ended.error).toContain('REQ-003');
    expect((await readVerdicts(db(), runId)).map(({ state }) => state)).toEqual([
      'done',
      'uncovered',
      'unverified',
      'unchecked',
    ]);
    // What one reads at the end of a run is what the whole trace says.
    expect((await readTrace(db(), runId)).map(({ state }) => state)).toEqual(
      (await readVerdicts(db(), runId)).map(({ state }) => state),
    );
  });

  test('an attempt whose epoch is old records no check', async () => {
    const { runId } = await submit(
      'old',
      [requirement('REQ-001')],
      [{ id: 'a', requirements: ['REQ-001'] }],
    );
    const check = { stage: 'work', command: ['true'], commit: null, passed: true } as const;
    await recordCheck(db(), { runId, taskId: 'a', epoch: 1 }, check);
    expect((await readTrace(db(), runId))[0]?.tasks[0]?.attempts[0]?.checks).toEqual([]);
  });
});
