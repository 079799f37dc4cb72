import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { MemoryType, openAurora, type Aurora } from '../src/index.ts';
import { migrateQueue } from '../src/queue/queue-backend.ts';
import { describeEachBackend } from './support/backends.ts';
import { createTestDatabase, type TestDatabase } from './support/database.ts';
import { tempDir } from './support/temp-dir.ts';
import { waitFor } from './support/wait-for.ts';

describeEachBackend("the seed document's own calls", (backend) => {
  let database: TestDatabase;
  let aurora: Aurora;

  beforeAll(async () => {
    database = await createTestDatabase();
    const pool = new pg.Pool({ connectionString: database.url, max: 1 });
    await migrateQueue(pool);
    await pool.end();
    aurora = await openAurora({
      DATABASE_URL: database.url,
      ...(backend.kind === 'redis' ? { REDIS_URL: `unix:${backend.redisPath}` } : {}),
      AURORA_DATA_DIR: await tempDir(),
      AURORA_LESSON_HOLDOUT: '0',
      LOG_LEVEL: 'silent',
    });
  });
  afterAll(async () => {
    await aurora.close();
    await database.drop();
  });

  test('decomposeRequirements: login becomes form, validation, session, tokens', async () => {
    const graph = await aurora.maestro.decomposeRequirements('Users can login');
    const ids = graph.order.map((task) => task.id);
    const steps = ['form', 'validation', 'session', 'tokens'].map((step) =>
      ids.findIndex((id) => id.startsWith(step)),
    );
    expect(Math.min(...steps)).toBeGreaterThanOrEqual(0);
    expect([...steps].sort((a, b) => a - b)).toEqual(steps);
    const roleOf = (step: string) => graph.order.find((task) => task.id.startsWith(step))?.role;
    expect([roleOf('form'), roleOf('session')]).toEqual(['frontend', 'backend']);
  });

  test('assignTask chooses a capable agent; handleFailure follows the table', async () => {
    const graph = await aurora.maestro.decomposeRequirements('Users can login');
    const task = graph.order.find(({ role }) => role === 'backend');
    if (task === undefined) throw new Error('no backend task');
    expect((await aurora.maestro.assignTask(task)).role).toBe('backend');
    const third = await aurora.maestro.handleFailure(task, new Error('boom'), 3);
    if (third.kind !== 'retry') throw new Error('expected a retry');
    expect(third.delay).toBeGreaterThanOrEqual(4_000);
    expect(third.delay).toBeLessThanOrEqual(8_000);
    expect((await aurora.maestro.handleFailure(task, 'boom', 5)).kind).toBe('escalate');
  });

  test('store, retrieve, storeReflexion', async () => {
    await aurora.memoryCoordinator.store({
      content: 'Use Pydantic v2 model_validator for complex validation',
      memoryType: MemoryType.PATTERN,
      projectId: 'proj_123',
      tags: ['python', 'validation', 'pydantic'],
    });
    // On a busy machine a first answer may come too late for the time budget, and says so.
    const context = await waitFor(async () => {
      const answer = await aurora.memoryCoordinator.retrieve({
        query: 'How to validate nested objects in FastAPI',
        projectId: 'proj_123',
        limit: 5,
      });
      return answer.completeness === 1 ? answer : undefined;
    });
    expect(context.items[0]?.content).toContain('model_validator');
    await aurora.memoryCoordinator.storeReflexion({
      taskId: 'task_456',
      projectId: 'proj_123',
      originalApproach: 'Used plain dict for request body',
      failureReason: 'Type validation failed at runtime',
      improvedApproach: 'Use Pydantic models with strict validation',
      tags: ['fastapi', 'validation', 'runtime-error'],
    });
    const { lessons } = await aurora.memoryCoordinator.lessonsFor({
      projectId: 'proj_123',
      runId: 'run_1',
      taskId: 'task_789',
      tags: ['fastapi', 'validation'],
      text: 'Add validation of the request body to the FastAPI endpoint',
    });
    expect(lessons[0]?.improvedApproach).toBe('Use Pydantic models with strict validation');
  });
});
