import type { FastifyRequest } from 'fastify';

/** Whether a person with a browser asks, who wants a page and not JSON. */
export function wantsHtml({ url, headers }: FastifyRequest): boolean {
  return !url.startsWith('/v1/') && (headers.accept ?? '').includes('text/html');
}
