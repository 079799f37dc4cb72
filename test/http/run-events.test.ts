import { once } from 'node:events';
import net from 'node:net';
import { promisify } from 'node:util';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { finishRun } from '../../src/storage/run-store.ts';
import { openHttp, type HttpHarness } from './http-harness.ts';
import { claim, complete, diamond, seedFleet, seedRun } from './seed-run.ts';

let http: HttpHarness;
let address: string;
beforeAll(async () => {
  http = await openHttp();
  await seedFleet(http.db);
  address = await http.app.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(() => http.close());

const openConnections = (app: FastifyInstance) =>
  promisify(app.server.getConnections.bind(app.server))();

interface Event {
  readonly id: number | undefined;
  readonly name: string | undefined;
  readonly data: { type?: string; state?: string; taskId?: string };
}

/** Reads server-sent events one by one. */
async function connect(url: string, headers: Record<string, string> = {}) {
  const stop = new AbortController();
  const response = await fetch(url, { headers, signal: stop.signal });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let buffer = '';
  const next = async (): Promise<Event | undefined> => {
    for (;;) {
      const end = buffer.indexOf('\n\n');
      if (end >= 0) {
        const block = buffer.slice(0, end);
        buffer = buffer.slice(end + 2);
        const field = (name: string) =>
          block
            .split('\n')
            .find((line) => line.startsWith(`${name}: `))
            ?.slice(name.length + 2);
        const data = field('data');
        if (data === undefined) continue;
        const id = field('id');
        return {
          id: id === undefined ? undefined : Number(id),
          name: field('event'),
          data: JSON.parse(data) as Event['data'],
        };
      }
      const chunk = await reader?.read();
      if (chunk === undefined || chunk.done) return undefined;
      buffer += chunk.value;
    }
  };
  const take = async (count: number): Promise<Event[]> => {
    const events: Event[] = [];
    while (events.length < count) {
      const event = await next();
      if (event === undefined) break;
      events.push(event);
    }
    return events;
  };
  const rest = () => take(Infinity);
  return { response, next, take, rest, close: () => stop.abort() };
}

const types = (events: readonly Event[]) => events.map((event) => event.data.type);
/** RUN_SUBMITTED, RUN_PLANNED, four TASK_CREATED, RUN_STARTED. */
const atStart = 7;

describe('the event stream', () => {
  it('tells what was, then what comes, and ends with the run', async () => {
    const run = await seedRun(http.db, diamond);
    const stream = await connect(`${address}/v1/runs/${run.id}/events`);
    expect(stream.response.headers.get('content-type')).toContain('text/event-stream');
    expect(stream.response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(types(await stream.take(atStart))).toEqual([
      'RUN_SUBMITTED',
      'RUN_PLANNED',
      ...Array(4).fill('TASK_CREATED'),
      'RUN_STARTED',
    ]);
    await claim(http.db, run.id, 'schema');
    http.nudge(run.id);
    expect(await stream.next()).toMatchObject({
      data: { type: 'TASK_ASSIGNED', taskId: 'schema' },
    });
    await finishRun(http.db, run.id, 'cancelled');
    http.nudge(run.id);
    const rest = await stream.rest();
    expect(types(rest)).toEqual(['RUN_FINISHED', undefined]);
    expect(rest.at(-1)).toMatchObject({ name: 'end', data: { state: 'cancelled' } });
  });

  it('resumes after the last event that the reader has, without gap or double', async () => {
    const run = await seedRun(http.db, diamond);
    const url = `${address}/v1/runs/${run.id}/events`;
    const before = await connect(url);
    const seen = await before.take(3);
    before.close();
    await complete(http.db, run.id, 'schema');
    await finishRun(http.db, run.id, 'done');
    const after = await connect(url, { 'last-event-id': String(seen.at(-1)?.id) });
    const later = (await after.rest()).filter((event) => event.name !== 'end');
    const whole = (await (await connect(url)).rest()).filter((event) => event.name !== 'end');
    expect([...seen, ...later].map(({ id }) => id)).toEqual(whole.map(({ id }) => id));

    const asQuery = await connect(`${url}?after=${seen.at(-1)?.id}`);
    expect((await asQuery.rest()).length).toBe(later.length + 1);
  });

  it('answers 204 when there is nothing left, so that browsers stop asking', async () => {
    const run = await seedRun(http.db, diamond);
    await finishRun(http.db, run.id, 'done');
    const url = `${address}/v1/runs/${run.id}/events`;
    const last = (await (await connect(url)).rest()).findLast(({ id }) => id !== undefined)?.id;
    const again = await connect(url, { 'last-event-id': String(last) });
    expect(again.response.status).toBe(204);
  });

  it('delivers more than a batch to a reader who is slow to begin', async () => {
    const tasks = Array.from({ length: 1_200 }, (_, index) => ({
      id: `task-${index}`,
      title: `Task ${index} ${'x'.repeat(150)}`,
      role: 'backend' as const,
    }));
    const run = await seedRun(http.db, { version: 1, title: 'Large', tasks });
    await finishRun(http.db, run.id, 'done');
    const stream = await connect(`${address}/v1/runs/${run.id}/events`);
    const events = await stream.rest();
    const ids = events.flatMap(({ id }) => (id === undefined ? [] : [id]));
    expect(ids).toHaveLength(1_204);
    expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b));
  });

  it('ends when the server closes, and leaves no listener behind', async () => {
    const run = await seedRun(http.db, diamond);
    const listeners = new Set<() => void>();
    const app: FastifyInstance = await http.server({
      subscribe(_runId, listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    });
    const other = await app.listen({ host: '127.0.0.1', port: 0 });
    const stream = await connect(`${other}/v1/runs/${run.id}/events`);
    await stream.take(atStart);
    expect(listeners.size).toBe(1);
    // As a browser does, ahead of a request that may never come.
    const ahead = net.connect(Number(new URL(other).port), '127.0.0.1');
    await once(ahead, 'connect');
    await expect.poll(() => openConnections(app)).toBe(2);
    await app.close();
    expect(await stream.next()).toBeUndefined();
    expect(listeners.size).toBe(0);
  });

  it('notices that a reader has gone', async () => {
    const run = await seedRun(http.db, diamond);
    let gone: () => void;
    const left = new Promise<void>((resolve) => (gone = resolve));
    const app = await http.server({ subscribe: () => () => gone() });
    const other = await app.listen({ host: '127.0.0.1', port: 0 });
    const stream = await connect(`${other}/v1/runs/${run.id}/events`);
    await stream.take(1);
    stream.close();
    await left;
  });
});
