import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startServer } from '../src/server.js';

/**
 * Starts the service on a free port with a data file of its own, which may hold `notes` already.
 * Everything goes away after the test.
 */
export async function startService(t, { notes } = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'notes-'));
  const file = join(folder, 'notes.json');
  if (notes) await writeFile(file, JSON.stringify({ notes }));
  let server;
  t.after(async () => {
    await server?.close();
    await rm(folder, { recursive: true });
  });
  server = await startServer({ file });

  /** Sends a request; resolves with the status and the JSON that came back. */
  async function call(method, path, body) {
    const response = await fetch(server.url + path, {
      method,
      headers: { connection: 'close', ...(body && { 'content-type': 'application/json' }) },
      body: body && JSON.stringify(body),
    });
    const text = await response.text();
    return { status: response.status, json: text === '' ? undefined : JSON.parse(text) };
  }

  return {
    file,
    call,
    /** The page as HTML. */
    async page(query = '') {
      const response = await fetch(`${server.url}/${query}`, { headers: { connection: 'close' } });
      return response.text();
    },
    /** Stops the server and starts another on the same file. */
    async restart() {
      await server.close();
      server = await startServer({ file });
    },
    get url() {
      return server.url;
    },
  };
}
