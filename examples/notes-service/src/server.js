import { createServer } from 'node:http';
import { HttpError } from './http-error.js';
import { createRouter } from './router.js';
import { sendAnswer } from './send-answer.js';
import { serveFile } from './serve-file.js';
import { openStore } from './store.js';

/**
 * Starts the service on `port` (0: a free one) with the data in `file`. Resolves when it listens,
 * with its address and a `close()` that waits for requests under way.
 */
export async function startServer({ port = 0, file }) {
  const store = await openStore(file);
  const route = await createRouter();

  async function answer(request) {
    const url = new URL(request.url, 'http://localhost');
    const asset = await serveFile(request.method, url.pathname);
    if (asset) return asset;
    const { handler, params } = route(request.method, url.pathname);
    return handler({ request, params, query: url.searchParams, store });
  }

  const server = createServer((request, response) => {
    answer(request)
      .catch((error) => {
        if (error instanceof HttpError)
          return { status: error.status, json: { error: error.message } };
        console.error(error);
        return { status: 500, json: { error: 'something went wrong on our side' } };
      })
      .then((result) => sendAnswer(response, result));
  });
  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    async close() {
      await new Promise((resolve) => {
        server.close(resolve);
        server.closeIdleConnections();
      });
      await store.close();
    },
  };
}
