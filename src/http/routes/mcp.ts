import { createMcpHandler } from '@modelcontextprotocol/server';
import type { FastifyRequest } from 'fastify';
import { AuroraError } from '../../domain/errors.ts';
import type { Speaker } from '../../storage/speaker-store.ts';
import { bearerOf, hasForeignOrigin, isAuthorized } from '../access.ts';
import type { HttpApp } from '../http-app.ts';
import type { HttpDeps } from '../http-deps.ts';
import { attemptServer, operatorServer } from '../mcp/mcp-server.ts';

/**
 * The Model Context Protocol over Streamable HTTP, without sessions: each request stands by itself, so
 * any web process can answer it. https://modelcontextprotocol.io/specification
 */
export function mcpRoutes(deps: HttpDeps) {
  return async (app: HttpApp): Promise<void> => {
    const handler = createMcpHandler(
      ({ authInfo }) => {
        const attempt = authInfo?.extra?.['attempt'] as Speaker | undefined;
        return attempt === undefined ? operatorServer(deps) : attemptServer({ ...deps, attempt });
      },
      { onerror: (error) => deps.logger.debug({ err: error }, 'request refused by the protocol') },
    );
    app.addHook('preClose', () => handler.close());
    app.route({
      method: ['GET', 'POST', 'DELETE'],
      url: '/mcp',
      // Its own door: the token may be that of an attempt as well.
      config: { public: true },
      schema: { hide: true },
      handler: async (request, reply) => {
        // The protocol asks for this of reads too, and whatever token comes along.
        if (hasForeignOrigin(request)) {
          throw new AuroraError('request-forbidden', 'Another web site asked for this: refused.');
        }
        const token = bearerOf(request);
        const attempt = token === undefined ? undefined : await deps.attemptOf(token);
        // A token that nobody knows is no reason to take its bearer for an operator.
        const isUnknown = attempt === undefined && token !== undefined && deps.token === undefined;
        if (isUnknown || (attempt === undefined && !isAuthorized(request, deps.token))) {
          void reply.header('www-authenticate', 'Bearer realm="aurora"');
          throw new AuroraError(
            'unauthorized',
            'This needs the token of the server, or that of a running attempt: send it as `Authorization: Bearer …`.',
          );
        }
        const gone = new AbortController();
        reply.raw.once('close', () => gone.abort());
        const answer = await handler.fetch(webRequest(request, gone.signal), {
          ...(request.body === undefined ? {} : { parsedBody: request.body }),
          authInfo: { token: token ?? '', clientId: 'aurora', scopes: [], extra: { attempt } },
        });
        return reply.send(answer);
      },
    });
  };
}

/** The request as the web has it; its body was read, and bounded, already. */
function webRequest({ method, url, headers }: FastifyRequest, signal: AbortSignal): Request {
  const pairs = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)] as [string, string]],
  );
  return new Request(new URL(url, 'http://aurora'), { method, headers: pairs, signal });
}
