import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

/** Words of one idea: what a model would know, and words alone do not. */
const ideas = [
  ['car', 'automobile', 'vehicle'],
  ['database', 'postgres', 'storage'],
  ['slow', 'latency', 'sluggish'],
  ['login', 'authentication', 'credentials'],
];

/** A vector with an axis for each idea, and one for everything else. */
function vectorOf(text: string, dimensions: number): number[] {
  const lower = text.toLowerCase();
  const axes = ideas.map((words) => words.filter((word) => lower.includes(word)).length);
  const vector = [...axes, 0.1, ...Array.from({ length: dimensions }, () => 0)];
  return vector.slice(0, dimensions);
}

/** What the server does instead of answering well. */
export type Mischief =
  'hang' | 'error' | 'html' | 'not-a-number' | 'too-few' | 'other-dimension' | 'zeros';

/**
 * An embedding endpoint over HTTP that speaks OpenAI's protocol and Ollama's. It refuses (400) texts
 * that hold `unspeakable`, as real ones refuse what is too long.
 */
export async function startEmbeddingServer() {
  const state = {
    mischief: undefined as Mischief | undefined,
    dimensions: 8,
    requests: 0,
    keys: [] as unknown[],
  };
  const server = createServer((request, response) => {
    void (async () => {
      let text = '';
      for await (const chunk of request) text += String(chunk);
      state.requests++;
      state.keys.push(request.headers.authorization);
      const { input } = JSON.parse(text) as { input: string[] };
      const answer = (status: number, body: unknown) =>
        response
          .writeHead(status, { 'content-type': 'application/json' })
          .end(typeof body === 'string' ? body : JSON.stringify(body));
      if (state.mischief === 'hang') return;
      if (state.mischief === 'error') return void answer(500, { error: 'out of memory' });
      if (state.mischief === 'html') return void answer(200, '<html>Bad gateway</html>');
      if (input.some((each) => each.includes('unspeakable')))
        return void answer(400, { error: 'no' });
      let vectors: unknown[][] = input.map((each) => vectorOf(each, state.dimensions));
      if (state.mischief === 'not-a-number') vectors[0] = ['NaN', 1];
      if (state.mischief === 'too-few') vectors = vectors.slice(1);
      if (state.mischief === 'other-dimension') vectors = vectors.map((each) => [...each, 1]);
      if (state.mischief === 'zeros') vectors = vectors.map((each) => each.map(() => 0));
      answer(
        200,
        request.url === '/api/embed'
          ? { embeddings: vectors }
          : // In another order than asked for: the index says which is which.
            { data: vectors.map((embedding, index) => ({ index, embedding })).reverse() },
      );
    })();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    state,
    url: `http://127.0.0.1:${port}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
