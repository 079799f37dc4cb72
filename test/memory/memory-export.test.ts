import { Readable } from 'node:stream';
import { beforeAll, expect, it } from 'vitest';
import { MemoryType } from '../../src/domain/memory.ts';
import { describeEachBackend } from '../support/backends.ts';
import { stageCoordinator, type CoordinatorStage } from './coordinator-stage.ts';

describeEachBackend('memory export and import', (backend) => {
  const stage = stageCoordinator(backend);
  let memory: CoordinatorStage['memory'];
  beforeAll(() => {
    ({ memory } = stage);
  });

  it('exports a project and imports it elsewhere, once', async () => {
    await memory.storeAll([
      { projectId: 'from', content: 'Use pools', memoryType: MemoryType.DECISION, tags: ['db'] },
      {
        ...{ projectId: 'from', content: 'Ada: the demo is on Friday', memoryType: 'pattern' },
        ...{ session: 's1', at: '2026-01-05', metadata: { line: 3 } },
      },
    ]);
    await memory.storeReflexion({
      ...{ projectId: 'from', taskId: 'api', runId: 'r1', attempt: 1, tags: ['http'] },
      originalApproach: 'Polled the endpoint',
      failureReason: 'HTTP 429',
      improvedApproach: 'Use the webhook',
    });
    const lines = await Readable.from(memory.exportAll('from')).toArray();
    expect(lines.map(({ type }) => type)).toEqual(['memory', 'memory', 'reflexion']);
    for (let i = 0; i < 2; i++) await memory.importAll('to', lines);
    const nameless = (line: object) => ({ ...line, id: undefined });
    const again = await Readable.from(memory.exportAll('to')).toArray();
    expect(again.map(nameless)).toEqual(lines.map(nameless));
    const { lessons } = await memory.lessonsFor({ projectId: 'to', runId: 'r1', taskId: 'api' });
    expect(lessons).toMatchObject([{ improvedApproach: 'Use the webhook', own: true }]);
    await memory.close();
  });

  it('takes along what lessons were seen to do, and which of two memories is the newer', async () => {
    const port = (value: number) =>
      memory.store({
        content: `The port of the API is ${value}`,
        projectId: 'seen',
        memoryType: MemoryType.DECISION,
      });
    await port(8080);
    await port(9090);
    await port(8080);
    const session = { content: 'Promoted session context', memoryType: MemoryType.CONTEXT };
    await memory.store({ ...session, projectId: 'seen', tier: 'working' });
    const { id } = await memory.storeReflexion({
      ...{ projectId: 'seen', taskId: 'api', originalApproach: 'Guessed', tags: [] },
      ...{ failureReason: 'Error: port taken', improvedApproach: 'Ask for a free port' },
    });
    const end = (lesson: string, epoch: number, use: 'given' | 'withheld', succeeded: boolean) =>
      memory.recordOutcome({
        ...{ runId: 'seen', taskId: lesson, epoch, succeeded, memories: new Map([[lesson, use]]) },
      });
    await end(id, 1, 'given', true);
    await end(id, 2, 'withheld', false);
    const lines = await Readable.from(memory.exportAll('seen')).toArray();
    await memory.importAll('seen-there', lines);
    const report = await memory.report('seen-there');
    const evidence = { trials: 1, successes: 1, withheldTrials: 1, withheldSuccesses: 0 };
    expect(report).toMatchObject(evidence);
    await end(report.tried[0]?.id ?? '', 1, 'given', true);
    await memory.importAll('seen-there', lines);
    expect(await memory.report('seen-there')).toMatchObject({
      ...evidence,
      trials: 2,
      successes: 2,
    });

    while (await memory.tend());
    const { items } = await memory.search({ query: 'port of the API', projectId: 'seen-there' });
    const ports = items.filter(({ type }) => type === 'decision');
    expect(ports.map(({ content, contradictedBy }) => [content, contradictedBy])).toEqual([
      ['The port of the API is 8080', undefined],
      ['The port of the API is 9090', ports[0]?.id],
    ]);
    expect((await memory.stats('seen-there')).working).toContainEqual(
      expect.objectContaining({ type: 'context', memories: 1 }),
    );
  });

  it('ties an imported pattern to its lesson, with which it is forgotten', async () => {
    const taught = { taskId: 'api', originalApproach: 'Guessed', tags: [] };
    const advice = { failureReason: 'Error: port taken', improvedApproach: 'Ask for a free port' };
    const pattern = {
      type: 'memory' as const,
      memoryType: MemoryType.PATTERN,
      content: 'Proven in 30 attempts. Do: Ask for a free port',
      tags: [],
      metadata: { signature: 'error port taken', from: 'working_0-there' },
    };
    await memory.importAll('tied', [
      pattern,
      { type: 'reflexion', id: 'working_0-there', ...taught, ...advice },
    ]);
    const { items } = await memory.search({ query: 'free port', projectId: 'tied' });
    const lesson = items.find(({ type }) => type === 'reflexion');
    const made = items.find(({ type }) => type === 'pattern');
    expect(made?.metadata.from).toBe(lesson?.id);
    expect([...(await memory.forget(lesson?.id ?? ''))].sort()).toEqual(
      [lesson?.id, made?.id].sort(),
    );
  });
});
