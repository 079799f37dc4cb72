import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { agentSchema } from '../../src/domain/agent.ts';
import { answerEscalation } from '../../src/maestro/answer-escalation.ts';
import { resumeRun } from '../../src/maestro/run-control.ts';
import { submitRun } from '../../src/maestro/submit-run.ts';
import { listEscalations } from '../../src/storage/escalation-store.ts';
import { listMessages } from '../../src/storage/message-store.ts';
import { readProgress } from '../../src/storage/progress-store.ts';
import { getRun } from '../../src/storage/run-store.ts';
import { listTasks } from '../../src/storage/task-store.ts';
import { readRunReasons } from '../../src/storage/waiting-store.ts';
import { describeEachBackend } from '../support/backends.ts';
import { openTestFleet, type TestFleet } from '../support/fleet.ts';
import { tempDir } from '../support/temp-dir.ts';
import { waitFor } from '../support/wait-for.ts';

const source = `export default async () => ({ usage: { inputTokens: 70, outputTokens: 30, costUsd: 0.5 } });`;

describeEachBackend("a run's budget", (backend) => {
  let fleet: TestFleet;
  const db = () => fleet.services.database.db;

  beforeAll(async () => {
    const dataDir = await tempDir();
    writeFileSync(path.join(dataDir, 'agent.mjs'), source);
    const executor = { type: 'function', module: './agent.mjs' };
    const spec = agentSchema.parse({ role: 'backend', concurrency: 1, executor });
    fleet = await openTestFleet({ backend, dataDir, agents: [{ name: 'coder', ...spec }] });
  });
  afterAll(() => fleet.close());

  test('pauses it when it is used up, asks once, and goes on with a larger one', async () => {
    const tasks = Array.from({ length: 8 }, (_, index) => ({
      ...{ id: `t${index}`, title: 'T', role: 'backend' },
    }));
    const { run } = await submitRun(fleet.maestro, {
      plan: { version: 1, title: 'dear', tasks, budget: { costUsd: 100 } },
      budget: { costUsd: 2, tokens: 10_000 },
    });
    const open = () => listEscalations(db(), run.id);
    const question = await waitFor(async () => (await open())[0]);
    expect(question).toMatchObject({ kind: 'budget', options: ['raise', 'abort'] });
    expect(question.question).toContain('$2.00 of $2.00, 400 of 10,000 tokens');
    const states = async () => (await listTasks(db(), run.id)).map(({ state }) => state);
    await waitFor(async () => !(await states()).includes('running'));
    expect((await states()).filter((state) => state === 'done')).toHaveLength(4);
    const paused = await getRun(db(), run.id);
    const reasons = await readRunReasons(db(), paused, await listTasks(db(), run.id));
    expect(new Set(reasons.values())).toEqual(
      new Set(['the run is paused: its budget is used up (aurora escalations)']),
    );
    await expect(resumeRun(fleet.maestro, run.id)).rejects.toThrow(/raise it with/);
    await expect(
      answerEscalation(fleet.maestro, question.id, { action: 'raise', budget: { costUsd: 2 } }),
    ).rejects.toThrow(/spent already/);
    await expect(
      answerEscalation(fleet.maestro, question.id, { action: 'skip' }),
    ).rejects.toMatchObject({ code: 'request-invalid' });

    const raise = { action: 'raise' as const, budget: { tokens: 850 } };
    await answerEscalation(fleet.maestro, question.id, raise);
    expect((await fleet.ended(run.id)).state).toBe('done');
    const progress = (await readProgress(db(), [run])).get(run.id);
    expect(progress?.spent).toEqual({ tokens: 800, costUsd: 4 });
    const said = (await listMessages(db(), run.id)).map(({ type }) => type);
    expect(said.filter((type) => /PAUSED|RESUMED|LOW/.test(type))).toEqual([
      'RUN_PAUSED',
      'RUN_RESUMED',
      'RUN_BUDGET_LOW',
    ]);
  });
});
