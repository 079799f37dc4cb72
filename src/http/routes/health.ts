import { z } from 'zod';
import { isAuthorized } from '../access.ts';
import type { HttpApp } from '../http-app.ts';
import type { HttpDeps } from '../http-deps.ts';

const readySchema = z.object({
  ok: z.boolean(),
  /** Only for who may see it. */
  services: z.array(z.object({ name: z.string(), ok: z.boolean(), detail: z.string() })).optional(),
});

/** Is the process alive, can it work, and its numbers. */
export function healthRoutes(deps: HttpDeps) {
  return async (app: HttpApp): Promise<void> => {
    app.get(
      '/healthz',
      {
        config: { public: true },
        schema: {
          tags: ['operations'],
          summary: 'Whether the process is alive',
          response: { 200: z.object({ ok: z.literal(true) }) },
        },
      },
      async () => ({ ok: true as const }),
    );

    app.get(
      '/readyz',
      {
        config: { public: true },
        schema: {
          tags: ['operations'],
          summary: 'Whether the services it needs answer; 503 with which is down',
          response: { 200: readySchema, 503: readySchema },
        },
      },
      async (request, reply) => {
        const services = await deps.checkReady();
        const ok = services.every((service) => service.ok);
        const shown = isAuthorized(request, deps.token)
          ? { ok, services: services.map((service) => ({ ...service })) }
          : { ok };
        return reply.status(ok ? 200 : 503).send(shown);
      },
    );

    app.get(
      '/metrics',
      { schema: { tags: ['operations'], summary: 'Prometheus metrics' } },
      async (_request, reply) => {
        const text = await deps.metrics.text();
        return reply.type(deps.metrics.contentType).serializer(String).send(text);
      },
    );
  };
}
