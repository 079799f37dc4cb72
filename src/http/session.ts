import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';

const cookieName = 'aurora_session';
/** Seconds. */
const lifetime = 12 * 3_600;

/** Compares in a time that does not depend on where the two differ, or on their lengths. */
export function secretsAreEqual(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

/**
 * The cookie of a browser that has shown the token: an expiry time signed with the token. Nothing is
 * stored, so it holds in every web process and after restarts, and ends when the token is changed.
 */
export function sessionCookie(token: string, request: FastifyRequest): string {
  const expires = String(Math.floor(Date.now() / 1_000) + lifetime);
  return cookie(`${expires}.${signature(token, expires)}`, lifetime, request);
}

export function endedSessionCookie(request: FastifyRequest): string {
  return cookie('', 0, request);
}

export function hasSession(token: string, request: FastifyRequest): boolean {
  const pair = (request.headers.cookie ?? '')
    .split(/;\s*/)
    .find((part) => part.startsWith(`${cookieName}=`));
  const [expires = '', given = ''] = (pair ?? '').slice(cookieName.length + 1).split('.');
  return (
    /^\d{1,12}$/.test(expires) &&
    Number(expires) > Date.now() / 1_000 &&
    secretsAreEqual(given, signature(token, expires))
  );
}

function signature(token: string, expires: string): string {
  return createHmac('sha256', token).update(`aurora-session ${expires}`).digest('hex');
}

function cookie(value: string, maxAge: number, request: FastifyRequest): string {
  // A proxy in front (Heroku's router) ends TLS; who forges this header spoils only their own cookie.
  const secure =
    request.protocol === 'https' || request.headers['x-forwarded-proto'] === 'https'
      ? '; Secure'
      : '';
  return `${cookieName}=${value}; Path=/; Max-Age=${maxAge}; HttpOnly; SameSite=Strict${secure}`;
}
