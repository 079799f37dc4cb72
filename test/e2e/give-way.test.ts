import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readReport, renderReport } from '../../src/cli/run-report.ts';
import { submitRun } from '../../src/maestro/submit-run.ts';
import { listPreventedConflicts } from '../../src/storage/prevented-conflict-store.ts';
import { getTask, listAttempts } from '../../src/storage/task-store.ts';
import { openTestFleet } from '../support/fleet.ts';
import { makeRepository } from '../support/repository.ts';
import { tempDir } from '../support/temp-dir.ts';
import { waitFor } from '../support/wait-for.ts';
import { moduleAgent } from './agent-module.ts';

test('a task lets the one that is changing its files, and other work, go first, and then meets no conflict', async () => {
  const folder = await tempDir();
  const { agent, order } = moduleAgent(folder);
  const agents = [{ ...agent, concurrency: 2 }];
  const fleet = await openTestFleet({ backend: { kind: 'postgres' }, agents, dataDir: folder });
  onTestFinished(() => fleet.close());
  const { db } = fleet.services.database;
  const repository = makeRepository(path.join(folder, 'repository'), { file: 'base\n' });
  const [seen, over] = [path.join(folder, 'seen'), path.join(folder, 'over')];
  const hot = { role: 'backend', scope: ['file'] };
  const cold = { title: 'Cold', role: 'backend' };
  const plan = {
    version: 1,
    tasks: [
      {
        id: 'first',
        title: 'First',
        ...hot,
        input: { file: 'file', waitFor: over },
        priority: 1,
      },
      { id: 'gate', ...cold, input: { waitFor: seen }, priority: 1 },
      { id: 'second', title: 'Second', ...hot, input: { file: 'file' } },
      ...['cold-1', 'cold-2', 'cold-3'].map((id) => ({ id, ...cold })),
      { id: 'last', ...cold, input: { waitFor: over }, priority: 9 },
    ].map((task) => ({ priority: 5, ...task })),
  };
  const { run } = await submitRun(fleet.maestro, { plan, repository });
  const filesOf = async (id: string) =>
    (await listAttempts(db, run.id, [id])).map(({ files }) => files);
  await waitFor(async () => (await filesOf('first'))[0]?.includes('file'), { timeoutMs: 60_000 });
  // `first` has one of two slots; when `gate` leaves the other one, `second` is the next.
  writeFileSync(seen, '');
  await waitFor(() => order().includes('last'), { timeoutMs: 60_000 });
  writeFileSync(over, '');
  expect((await fleet.ended(run.id)).state).toBe('done');
  const { gaveWay, parkings } = await getTask(db, run.id, 'second');
  expect(gaveWay).toEqual([{ to: 'first', file: 'file' }]);
  expect(parkings).toBe(1);
  expect(order().at(-1)).toBe('second');
  expect(await filesOf('second')).toEqual([['file']]);
  expect(await listPreventedConflicts(db, run.id)).toMatchObject([
    { taskId: 'second', otherId: 'first', path: 'file', by: 'claim' },
  ]);
  const report = renderReport(await readReport(db, run.id));
  expect(report).toContain('Conflicts  0 resolved, 0 left to an agent, 1 prevented');
}, 180_000);
