import { z } from 'zod';
import { listMessages } from '../../storage/message-store.ts';
import { getRun, isFinished } from '../../storage/run-store.ts';
import type { HttpApp } from '../http-app.ts';
import type { HttpDeps } from '../http-deps.ts';
import { streamMessages } from '../message-stream.ts';
import { runParams } from '../resources.ts';

const positionSchema = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER).optional();

export function runEventRoutes({ db, subscribe }: HttpDeps) {
  return async (app: HttpApp): Promise<void> => {
    const open = new Set<AbortController>();
    // Streams never end by themselves: without this, closing would wait for their readers.
    app.addHook('preClose', async () => {
      for (const stream of open) stream.abort();
    });

    app.get(
      '/runs/:id/events',
      {
        exposeHeadRoute: false,
        schema: {
          tags: ['runs'],
          summary: "A run's messages as server-sent events",
          description:
            'From the first message, or after `Last-Event-ID` (or `?after=`), until the run is finished; then an event `end`. 204 when there is nothing left to tell.',
          params: runParams,
          headers: z.object({ 'last-event-id': positionSchema }),
          querystring: z.object({ after: positionSchema }),
        },
      },
      async (request, reply) => {
        const run = await getRun(db, request.params.id);
        const seen = request.headers['last-event-id'] ?? request.query.after;
        if (seen !== undefined && isFinished(run)) {
          const left = await listMessages(db, run.id, seen, 1);
          // The one answer after which an EventSource does not connect again.
          if (left.length === 0) return reply.status(204).send();
        }
        reply.hijack();
        const out = reply.raw;
        const gone = new AbortController();
        open.add(gone);
        out.on('close', () => gone.abort());
        out.writeHead(200, {
          ...(reply.getHeaders() as Record<string, string>),
          'content-type': 'text/event-stream; charset=utf-8',
          'cache-control': 'no-store, no-transform',
          // Else a closing server would wait for a connection that has become idle too late.
          connection: 'close',
          // nginx would hold events back.
          'x-accel-buffering': 'no',
        });
        out.write('retry: 2000\n\n');
        try {
          await streamMessages(out, {
            db,
            subscribe,
            runId: run.id,
            after: seen ?? 0,
            signal: gone.signal,
          });
        } catch (error) {
          // The reader comes back by itself and resumes after what it has.
          request.log.warn({ err: error, runId: run.id }, 'event stream broken off');
        } finally {
          open.delete(gone);
          out.end();
        }
      },
    );
  };
}
