import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { dot } from '../../../src/memory/embedders/embedder.ts';
import { embedEach } from '../../../src/memory/embedders/embed-each.ts';
import { createOllamaEmbedder } from '../../../src/memory/embedders/ollama-embedder.ts';
import { createOpenAiEmbedder } from '../../../src/memory/embedders/openai-embedder.ts';
import { startEmbeddingServer, type Mischief } from './embedding-server.ts';

let server: Awaited<ReturnType<typeof startEmbeddingServer>>;
beforeAll(async () => {
  server = await startEmbeddingServer();
});
afterAll(() => server.close());
beforeEach(() =>
  Object.assign(server.state, { mischief: undefined, dimensions: 8, requests: 0, keys: [] }),
);

describe.each([
  ['openai', createOpenAiEmbedder, '/v1/'],
  ['ollama', createOllamaEmbedder, ''],
] as const)('embedder of %s', (kind, create, path) => {
  const open = (timeout = 5_000) =>
    create({
      model: 'Nomic/embed:v1.5',
      baseUrl: `${server.url}${path}`,
      apiKey: 'secret',
      timeout,
    });

  it('learns its dimension and gives unit vectors in the order of the texts', async () => {
    const embedder = open();
    expect(await embedder.space()).toEqual({ name: `${kind}-nomic-embed-v1-5-8`, dimensions: 8 });
    const [car, automobile, login] = await embedder.embed(['a car', 'an automobile', 'a login']);
    expect(dot(car as Float32Array, car as Float32Array)).toBeCloseTo(1);
    expect(dot(car as Float32Array, automobile as Float32Array)).toBeGreaterThan(0.9);
    expect(dot(car as Float32Array, login as Float32Array)).toBeLessThan(0.1);
    expect(server.state.keys).toEqual(['Bearer secret', 'Bearer secret']);
  });

  it('asks for many in batches', async () => {
    const texts = Array.from({ length: 130 }, (_, i) => `text ${i}`);
    expect(await open().embed(texts)).toHaveLength(130);
    expect(server.state.requests).toBe(3);
  });

  it.each<[Mischief, string]>([
    ['error', 'HTTP 500'],
    ['html', 'could not be asked'],
    ['not-a-number', 'something else'],
    ['too-few', 'answered 1 vectors for 2 texts'],
    ['other-dimension', '9 dimensions instead of 8'],
    ['zeros', 'zeros'],
    ['hang', 'did not answer within 50 ms'],
  ])('says so when the endpoint is not well: %s', async (mischief, says) => {
    const embedder = open(mischief === 'hang' ? 50 : 5_000);
    if (mischief === 'other-dimension') await embedder.space();
    server.state.mischief = mischief;
    await expect(embedder.embed(['one', 'two'])).rejects.toMatchObject({
      code: 'embedder-failed',
      message: expect.stringContaining(says) as string,
    });
  });

  it('does without the one text that is refused', async () => {
    const vectors = await embedEach(open(), ['a car', 'unspeakable', 'a login']);
    expect(vectors.map((vector) => vector !== undefined)).toEqual([true, false, true]);
  });

  it('says that nobody is there', async () => {
    const embedder = create({ model: 'm', baseUrl: 'http://127.0.0.1:1', timeout: 5_000 });
    await expect(embedder.space()).rejects.toMatchObject({ code: 'embedder-failed' });
  });
});
