import { readFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';

const types = {
  'aurora.css': 'text/css; charset=utf-8',
  'aurora.js': 'text/javascript; charset=utf-8',
  'favicon.svg': 'image/svg+xml',
};

/** Style, script and icon of our pages. They are public: the login page needs them. */
export async function serveAssets(app: FastifyInstance): Promise<void> {
  for (const [name, type] of Object.entries(types)) {
    const content = await readFile(new URL(`./assets/${name}`, import.meta.url));
    const etag = `"${createHash('sha256').update(content).digest('base64url').slice(0, 27)}"`;
    app.get(
      `/assets/${name}`,
      { config: { public: true }, schema: { hide: true } },
      (request, reply) => {
        void reply.headers({ etag, 'cache-control': 'no-cache' });
        if (request.headers['if-none-match'] === etag) return reply.status(304).send();
        return reply.type(type).send(content);
      },
    );
  }
}
