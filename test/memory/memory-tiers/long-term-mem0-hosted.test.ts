import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHostedMem0LongTerm } from '../../../src/memory/memory-tiers/long-term-mem0-hosted.ts';
import { describeMemoryTier, entry } from '../conformance.ts';

interface Kept {
  readonly id: string;
  readonly memory: string;
  metadata: { contentHash: string };
  readonly created_at: string;
}

const json = (response: ServerResponse, status: number, body: unknown) =>
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));

async function bodyOf(request: IncomingMessage): Promise<Record<string, unknown>> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
}

const words = (text: string) => new Set(text.toLowerCase().match(/\p{L}{4,}/gu) ?? []);

/**
 * A server of the API that Mem0's client speaks, over HTTP. It answers an add as pending and shows
 * the memory a little later, as the service may. Searching is by shared words: the relevance is the
 * service's business, what is tested is our side of the wire.
 */
async function startMem0Server() {
  const memories = new Map<string, Kept>();
  const server = createServer((request, response) => {
    void (async () => {
      const { pathname } = new URL(request.url ?? '/', 'http://localhost');
      const body = await bodyOf(request);
      const one = /^\/v1\/memories\/([^/]+)\/$/.exec(pathname)?.[1];
      if (request.headers.authorization !== 'Token test-key') {
        return json(response, 401, { detail: 'Invalid token' });
      }
      if (pathname === '/v1/ping/') {
        return json(response, 200, { status: 'ok', org_id: 'org', project_id: 'project' });
      }
      if (pathname === '/v3/memories/add/') {
        const [message] = body.messages as { content: string }[];
        const kept = {
          id: randomUUID(),
          memory: message?.content ?? '',
          metadata: body.metadata as Kept['metadata'],
          created_at: new Date().toISOString(),
        };
        setTimeout(() => {
          const twin = [...memories.values()].find(
            ({ metadata }) => metadata.contentHash === kept.metadata.contentHash,
          );
          if (twin === undefined) memories.set(kept.id, kept);
        }, 30);
        return json(response, 200, { event_id: randomUUID(), status: 'PENDING' });
      }
      if (pathname === '/v3/memories/') {
        const conditions = (body.filters as { AND: { metadata?: { contentHash: string } }[] }).AND;
        const hash = conditions.find(({ metadata }) => metadata)?.metadata?.contentHash;
        const results = [...memories.values()].filter((m) => m.metadata.contentHash === hash);
        return json(response, 200, { count: results.length, next: null, previous: null, results });
      }
      if (pathname === '/v3/memories/search/') {
        const asked = words(String(body.query));
        const results = [...memories.values()]
          .map((m) => ({ ...m, score: [...words(m.memory)].filter((w) => asked.has(w)).length }))
          .filter(({ score }) => score > 0)
          .sort((a, b) => b.score - a.score)
          .slice(0, Number(body.top_k));
        return json(response, 200, { results });
      }
      const kept = one === undefined ? undefined : memories.get(one);
      if (kept === undefined) return json(response, 404, { detail: 'Memory not found' });
      if (request.method === 'PUT') kept.metadata = body.metadata as Kept['metadata'];
      if (request.method === 'DELETE') memories.delete(kept.id);
      return json(response, 200, request.method === 'DELETE' ? { message: 'deleted' } : kept);
    })().catch((error: unknown) => json(response, 500, { detail: String(error) }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    host: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

const directory = '/nonexistent';

describeMemoryTier(
  'long-term, Mem0 hosted',
  { isolatesProjects: false, counts: 'nothing' },
  async () => {
    const { host, close } = await startMem0Server();
    return { tier: createHostedMem0LongTerm({ apiKey: 'test-key', host, directory }), close };
  },
);

describe('hosted Mem0', () => {
  let server: Awaited<ReturnType<typeof startMem0Server>>;
  beforeAll(async () => {
    server = await startMem0Server();
  });
  afterAll(() => server.close());

  it('refuses a wrong key with the reason', async () => {
    const tier = createHostedMem0LongTerm({ apiKey: 'wrong', host: server.host, directory });
    await expect(tier.store(entry('anything'))).rejects.toThrow(/Invalid token|[Aa]uthentic/);
  });

  it('gives up on a service that does not answer', async () => {
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const host = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const tier = createHostedMem0LongTerm({ apiKey: 'test-key', host, directory, timeout: 100 });
    const query = { projectId: 'p', text: 'x', tags: [], limit: 1 };
    await expect(tier.search(query)).rejects.toMatchObject({ code: 'memory-tier-failed' });
    silent.closeAllConnections();
    silent.close();
  });
});
