import { beforeAll, expect, it } from 'vitest';
import { MemoryType } from '../../src/domain/memory.ts';
import { describeEachBackend } from '../support/backends.ts';
import { stageCoordinator, type CoordinatorStage } from './coordinator-stage.ts';

describeEachBackend('forgetting', (backend) => {
  const stage = stageCoordinator(backend);
  let database: CoordinatorStage['database'];
  let memory: CoordinatorStage['memory'];
  let open: CoordinatorStage['open'];
  beforeAll(() => {
    ({ database, memory, open } = stage);
  });

  it('forgets, and says when there is nothing to forget', async () => {
    const { id } = await memory.storePattern({ content: 'Obsolete advice', projectId: 'forget' });
    await memory.forget(id);
    for (const gone of [
      id,
      'working_no',
      'working_abc',
      'nonsense',
      'long_0',
      `short_${'0'.repeat(32)}`,
    ]) {
      await expect(memory.forget(gone)).rejects.toMatchObject({ code: 'memory-not-found' });
      await expect(memory.promote(gone)).rejects.toMatchObject({ code: 'memory-not-found' });
    }
    await memory.close();
    const { rows } = await database.pool.query<{ action: string }>(
      'select action from aurora.memory_audit where memory_id = $1 order by id',
      [id],
    );
    expect(rows.map(({ action }) => action)).toEqual(['store', 'forget']);
  });

  it('forgets the copies in other tiers, and the patterns that a lesson made', async () => {
    const projectId = 'forget-derived';
    const first = await memory.store({
      ...{ projectId, content: 'The staging gateway answers 502', memoryType: MemoryType.CONTEXT },
    });
    const lifted = await memory.promote(first.id);
    const copy = await memory.promote(lifted.id);
    expect([first, lifted, copy].map(({ tier }) => tier)).toEqual(['short', 'working', 'long']);
    expect([...(await memory.forget(lifted.id))].sort()).toEqual(
      [first.id, lifted.id, copy.id].sort(),
    );
    const gone = await memory.search({ query: 'staging gateway 502', projectId });
    expect(gone.items).toEqual([]);

    const fail = (taskId: string) =>
      memory.storeReflexion({
        ...{ projectId, taskId, runId: 'r', originalApproach: `Guessed ${taskId}` },
        failureReason: 'AssertionError: the ledger is off by 7',
        improvedApproach: 'Sum in integers',
      });
    for (const task of ['a', 'b']) await fail(task);
    const third = await fail('c');
    await memory.close();
    const patterns = async () =>
      (await memory.search({ query: 'ledger integers', projectId, limit: 20 })).items.filter(
        ({ type }) => type === MemoryType.PATTERN,
      );
    expect(await patterns()).toHaveLength(1);
    expect(await memory.forget(third.id)).toHaveLength(2);
    expect(await patterns()).toEqual([]);
    await memory.close();
  });

  it('makes a pattern of failures anew of those that are left, when one is forgotten', async () => {
    const projectId = 'forget-newest';
    const fail = (taskId: string) =>
      memory.storeReflexion({
        ...{ projectId, taskId, runId: 'r', originalApproach: `Guessed ${taskId}` },
        failureReason: 'AssertionError: the depot is off by 7',
        improvedApproach: `Ask the depot as ${taskId} does`,
      });
    const told = [];
    for (const task of ['anna', 'berta', 'clara', 'doris']) {
      told.push(await fail(task));
      await memory.close();
    }
    const patterns = async () =>
      (await memory.search({ query: 'depot', projectId, limit: 20 })).items
        .filter(({ type }) => type === MemoryType.PATTERN)
        .map(({ content, metadata }) => [content.split('Do: ')[1], metadata.repeats]);
    expect(await patterns()).toEqual([['Ask the depot as doris does', 4]]);
    await memory.forget(told.pop()?.id ?? '');
    expect(await patterns()).toEqual([['Ask the depot as clara does', 3]]);
    await memory.forget(told.pop()?.id ?? '');
    expect(await patterns()).toEqual([]);
    await memory.close();
  });

  it('goes on with forgetting where a dead tier had stopped it', async () => {
    const projectId = 'forget-later';
    const stored = await memory.storePattern({ projectId, content: 'Mirror the bucket nightly' });
    const copy = await memory.promote(stored.id);
    const longTerm = stage.longTerm();
    const broken = open({
      longTerm: { ...longTerm, forget: () => Promise.reject(new Error('gone')) },
    });
    await expect(broken.forget(stored.id)).rejects.toMatchObject({ code: 'memory-tier-failed' });
    expect([...(await memory.forget(stored.id))].sort()).toEqual([copy.id, stored.id].sort());
  });
});
