import { EventEmitter } from 'node:events';
import type { FastifyInstance } from 'fastify';
import pino from 'pino';
import type { BoardQueue, HttpDeps } from '../../src/http/http-deps.ts';
import { createHttpServer } from '../../src/http/http-server.ts';
import { createMirrorCache } from '../../src/git/mirror-cache.ts';
import { describeEscalation } from '../../src/maestro/describe-escalation.ts';
import { parseRunRequest } from '../../src/maestro/run-request.ts';
import { createMemoryCoordinator } from '../../src/memory/create-memory-coordinator.ts';
import { createMem0LongTerm } from '../../src/memory/memory-tiers/long-term-mem0.ts';
import { createPostgresShortTerm } from '../../src/memory/memory-tiers/short-term-postgres.ts';
import { createWorkingTier } from '../../src/memory/memory-tiers/working.ts';
import { attemptDoor } from '../../src/runtime/attempt-door.ts';
import { openDatabase, type Db } from '../../src/storage/database.ts';
import { resolveEscalation } from '../../src/storage/escalation-store.ts';
import { recordApproval, requestRevision } from '../../src/storage/revision-store.ts';
import { pauseRun, resumeRun } from '../../src/storage/pause-store.ts';
import { AuroraError } from '../../src/domain/errors.ts';
import { closeCircuit } from '../../src/storage/circuit-store.ts';
import { retryRun } from '../../src/storage/retry-run-store.ts';
import { changeRun } from '../../src/storage/priority-store.ts';
import { setProjectLimit } from '../../src/storage/project-store.ts';
import { createRun, requestAbort } from '../../src/storage/run-store.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { createTestDatabase } from '../support/database.ts';
import { tempDir } from '../support/temp-dir.ts';

/** What attempts' tokens are signed with. */
export const attemptSecret = 'a secret of the fleet';

export interface HttpHarness {
  readonly db: Db;
  readonly app: FastifyInstance;
  readonly deps: HttpDeps;
  /** Says that a run has news. */
  nudge(runId: string): void;
  /** Another server on the same record. */
  server(changed: Partial<HttpDeps>): Promise<FastifyInstance>;
  close(): Promise<void>;
}

/** A server on a database of its own, with the real stores and memory behind it. */
export async function openHttp(boardQueues: readonly BoardQueue[] = []): Promise<HttpHarness> {
  const testDatabase = await createTestDatabase();
  const database = await openDatabase(testDatabase.url);
  const { db } = database;
  const news = new EventEmitter();
  const memory = createMemoryCoordinator({
    shortTerm: createPostgresShortTerm(db),
    working: createWorkingTier(db),
    longTerm: createMem0LongTerm(db, { directory: await tempDir() }),
  });
  const silent = pino({ level: 'silent' });
  const mirrors = createMirrorCache(await tempDir(), {});
  const deps: HttpDeps = {
    db,
    metrics: createMetrics({ db, countQueueJobs: async () => [], onQueueError: () => undefined }),
    bullBoardQueues: boardQueues,
    memory,
    async submitRun(input) {
      const request = parseRunRequest(input);
      const { run, created } = await createRun(db, {
        project: request.project ?? 'default',
        title: request.title ?? 'A run',
        source: { kind: 'requirement', text: request.requirement ?? '' },
        repository: request.repository ?? null,
        baseBranch: null,
        baseCommit: null,
        idempotencyKey: request.idempotencyKey ?? null,
        approval: request.approve === true ? 'pending' : null,
        shard: 0,
      });
      return { run, created, warnings: [] };
    },
    abortRun: async (runId) => void (await requestAbort(db, runId)),
    describeEscalation: (id) => describeEscalation({ database, mirrors, log: silent }, id),
    answerEscalation: (id, action) => resolveEscalation(db, id, action),
    pauseRun: async (runId) => void (await pauseRun(db, runId)),
    resumeRun: async (runId) => void (await resumeRun(db, runId)),
    syncFeedback: async () => [],
    retryRun: async (runId) => void (await retryRun(db, runId)),
    approveRun: (runId, by) => recordApproval(db, runId, by ?? null),
    amendRun: (runId, { by, ...asked }) =>
      requestRevision(db, runId, { request: JSON.stringify(asked), by: by ?? null }),
    async resumeAgent(agent, by) {
      if ((await closeCircuit(db, agent, by)) === null) {
        throw new AuroraError('state-conflict', `Agent "${agent}" is not suspended.`);
      }
    },
    changeRun: async (runId, changes) => void (await changeRun(db, runId, changes)),
    limitProject: async (name, max) => (await setProjectLimit(db, name, max)).project,
    ...attemptDoor(
      {
        ...{ database, memory, log: pino({ level: 'silent' }) },
        discoveries: { tell: () => undefined, hear: async () => ({ unsubscribe: async () => {} }) },
        notify: (runId) => void news.emit(runId),
      },
      attemptSecret,
    ),
    async checkReady() {
      await database.pool.query('select 1');
      return [{ name: 'postgres', ok: true, detail: 'answers' }];
    },
    subscribe(runId, listener) {
      news.on(runId, listener);
      return () => news.off(runId, listener);
    },
    token: undefined,
    host: '127.0.0.1',
    logger: pino({ level: 'silent' }),
  };
  const servers: FastifyInstance[] = [];
  const server = async (changed: Partial<HttpDeps>): Promise<FastifyInstance> => {
    const app = await createHttpServer({ ...deps, ...changed });
    servers.push(app);
    return app;
  };
  const app = await server({});
  return {
    db,
    app,
    deps,
    nudge: (runId) => void news.emit(runId),
    server,
    async close() {
      await Promise.all(servers.map((each) => each.close()));
      await memory.close();
      await database.close();
      await testDatabase.drop();
    },
  };
}
