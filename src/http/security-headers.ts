import type { FastifyInstance } from 'fastify';

const base = {
  'default-src': "'none'",
  'script-src': "'self'",
  'style-src': "'self'",
  'img-src': "'self' data:",
  'font-src': "'self'",
  'connect-src': "'self'",
  'form-action': "'self'",
  'base-uri': "'none'",
  'frame-ancestors': "'none'",
};

const policy = (directives: Readonly<Record<string, string>>) =>
  Object.entries(directives)
    .map(([name, value]) => `${name} ${value}`)
    .join('; ');

/** Headers of every answer. Our own pages have no inline script and no inline style. */
export function addSecurityHeaders(app: FastifyInstance): void {
  const headers = {
    'content-security-policy': policy(base),
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'same-origin',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
  };
  app.addHook('onRequest', async (_request, reply) => {
    void reply.headers(headers);
  });
}

/**
 * For the pages of others (Bull Board, Swagger UI): they style inline and set a base. Scripts stay
 * those of this server, and nothing is fetched from elsewhere.
 */
export function allowInlineStyle(app: FastifyInstance): void {
  const relaxed = policy({ ...base, 'style-src': "'self' 'unsafe-inline'", 'base-uri': "'self'" });
  app.addHook('onRequest', async (_request, reply) => {
    void reply.header('content-security-policy', relaxed);
  });
}
