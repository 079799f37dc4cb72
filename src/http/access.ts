import type { FastifyInstance, FastifyRequest } from 'fastify';
import { isLoopback } from '../config/environment.ts';
import { AuroraError } from '../domain/errors.ts';
import { answerError } from './error-answers.ts';
import { hasSession, secretsAreEqual } from './session.ts';
import { wantsHtml } from './wants-html.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Answers without a token. Whoever sets it makes sure that it tells nothing. */
    public?: boolean;
  }
}

/**
 * Lets in who may come in. With a token: who carries it, or a session obtained with it. Without:
 * everybody who addresses us by a loopback name (a foreign name that resolves to this machine is
 * DNS rebinding). In both cases other web sites may not make browsers change anything here.
 *
 * @throws AuroraError config-invalid when there is no token and others can reach the address
 */
export function guardAccess(app: FastifyInstance, token: string | undefined, host: string): void {
  if (token === undefined && !isLoopback(host)) {
    throw new AuroraError(
      'config-invalid',
      `The web server would listen on ${host}, which others can reach: set AURORA_TOKEN.`,
    );
  }
  app.addHook('onRequest', async (request, reply) => {
    const refusal = refusalOf(request, token);
    if (refusal === undefined) return;
    if (refusal.code === 'unauthorized') {
      if (wantsHtml(request) && request.method === 'GET') {
        return reply.redirect(`/login?next=${encodeURIComponent(request.url)}`, 303);
      }
      void reply.header('www-authenticate', 'Bearer realm="aurora"');
    }
    // Not thrown: plugins such as Bull Board have error handlers of their own.
    return answerError(refusal, request, reply);
  });
}

/** Why the request may not come in, if so. */
function refusalOf(request: FastifyRequest, token: string | undefined): AuroraError | undefined {
  if (token === undefined && !hasLoopbackHost(request)) {
    return new AuroraError(
      'request-forbidden',
      `Without AURORA_TOKEN this server answers on loopback names only (localhost, 127.0.0.1), not as "${request.headers.host ?? ''}".`,
    );
  }
  // No page can make a browser send an Authorization header to another site.
  const byProgram = token !== undefined && request.headers.authorization !== undefined;
  if (!byProgram && isForeignChange(request)) {
    return new AuroraError('request-forbidden', 'Another web site asked for this change: refused.');
  }
  if (request.routeOptions.config.public || isAuthorized(request, token)) return undefined;
  return new AuroraError(
    'unauthorized',
    'This needs the token of the server: send it as `Authorization: Bearer …`, or log in at /login.',
  );
}

/** Whether the request carries the token or a session; always when there is no token. */
export function isAuthorized(request: FastifyRequest, token: string | undefined): boolean {
  if (token === undefined) return true;
  const bearer = bearerOf(request);
  if (bearer !== undefined) return secretsAreEqual(bearer, token);
  return hasSession(token, request);
}

/** The token in the Authorization header. */
export function bearerOf({ headers }: FastifyRequest): string | undefined {
  return /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
}

function hasLoopbackHost({ headers }: FastifyRequest): boolean {
  const name = hostName(`http://${headers.host ?? ''}`);
  return name !== undefined && isLoopback(name);
}

/** Programs send neither header, browsers cannot be made to leave them out. */
function isForeignChange({ method, headers }: FastifyRequest): boolean {
  if (['GET', 'HEAD', 'OPTIONS'].includes(method)) return false;
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site !== 'same-origin' && site !== 'none';
  return hasForeignOrigin({ headers });
}

/** Whether a page of another web site asks, as browsers say it. */
export function hasForeignOrigin({ headers }: Pick<FastifyRequest, 'headers'>): boolean {
  return headers.origin !== undefined && originHost(headers.origin) !== headers.host;
}

function hostName(url: string): string | undefined {
  if (!URL.canParse(url)) return undefined;
  return new URL(url).hostname.replace(/^\[|\]$/g, '');
}

const originHost = (origin: string): string | undefined =>
  URL.canParse(origin) ? new URL(origin).host : undefined;
