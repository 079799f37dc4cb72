import { generateText } from 'ai';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { modelProvidersSchema } from '../../src/domain/model.ts';
import { openModel } from '../../src/models/open-model.ts';
import { whyUnreachable } from '../../src/models/reach-model.ts';

const key = 'a-key-of-somebody';
/** What each provider's own API answers to "hello", by the path that it is asked at. */
const answers: Readonly<Record<string, object>> = {
  '/v1/messages': {
    ...{ id: 'msg_1', type: 'message', role: 'assistant', model: 'm', stop_reason: 'end_turn' },
    content: [{ type: 'text', text: 'hi' }],
    usage: { input_tokens: 5, output_tokens: 2, cache_read_input_tokens: 3 },
  },
  '/v1beta/models/m:generateContent': {
    candidates: [{ content: { role: 'model', parts: [{ text: 'hi' }] }, finishReason: 'STOP' }],
    usageMetadata: {
      ...{ promptTokenCount: 8, candidatesTokenCount: 2, totalTokenCount: 10 },
      cachedContentTokenCount: 3,
    },
  },
};

const headers: IncomingMessage['headers'][] = [];
const server = createServer((request, response) => {
  headers.push(request.headers);
  const answer = request.url?.endsWith('/models') ? {} : answers[request.url ?? ''];
  response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' });
  response.end(JSON.stringify(answer ?? { error: { message: `nothing at ${request.url}` } }));
});
let url: string;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

test.each([
  ['anthropic', 'x-api-key', ''],
  ['google', 'x-goog-api-key', '/v1beta'],
])('%s is asked by its own protocol, with its key where it belongs', async (name, header, path) => {
  const settings = {
    providers: {
      [name]: {
        ...{ baseUrl: url + path, apiKeyEnv: 'SOME_KEY', structuredOutput: true },
        pricing: { m: { input: 1_000_000, output: 0, cachedInput: 0 } },
      },
    },
    ...{ variables: { SOME_KEY: key }, directory: '.' },
  };
  const model = await openModel(`${name}:m`, settings);
  const { text, usage } = await generateText({ model: model.languageModel, prompt: 'hello' });
  expect([text, model.usageOf(usage)]).toEqual([
    'hi',
    { inputTokens: 8, outputTokens: 2, cachedInputTokens: 3, costUsd: 5 },
  ]);
  expect(headers.at(-1)?.[header]).toBe(key);
  expect(await whyUnreachable(`${name}:m`, settings)).toBeUndefined();
  expect(headers.at(-1)?.[header]).toBe(key);
});

test('every other provider of the SDK is asked by its package', async () => {
  const providers = modelProvidersSchema.parse({
    own: { package: '@ai-sdk/anthropic', baseUrl: `${url}/v1`, apiKeyEnv: 'SOME_KEY' },
    gone: { package: '@ai-sdk/no-such-provider' },
    other: { package: 'zod' },
  });
  const settings = { providers, variables: { SOME_KEY: key }, directory: process.cwd() };
  const { languageModel } = await openModel('own:m', settings);
  expect((await generateText({ model: languageModel, prompt: 'hello' })).text).toBe('hi');
  expect(headers.at(-1)?.['x-api-key']).toBe(key);

  expect(await whyUnreachable('own:m', settings)).toBeUndefined();
  expect(await whyUnreachable('gone:m', settings)).toMatch(/npm install @ai-sdk\/no-such-provider/);
  expect(await whyUnreachable('other:m', settings)).toMatch(/zod is no provider of the AI SDK/);
});
