import { generateText, streamText } from 'ai';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { modelProvidersSchema } from '../../src/domain/model.ts';
import { openModel } from '../../src/models/open-model.ts';
import { whyUnreachable } from '../../src/models/reach-model.ts';
import {
  startOpenAiServer,
  type OpenAiServer,
  type ScriptedAnswer,
} from '../support/openai-server.ts';

const key = 'sk-local-0123456789';
let server: OpenAiServer;

beforeAll(async () => {
  server = await startOpenAiServer({ key });
});
afterAll(() => server.close());

const settings = (variables: Record<string, string> = { LOCAL_KEY: key }) => ({
  providers: modelProvidersSchema.parse({
    local: {
      baseUrl: server.url,
      apiKeyEnv: 'LOCAL_KEY',
      pricing: { priced: { input: 2, output: 10, cachedInput: 0.5 } },
    },
  }),
  variables,
  directory: '.',
});

const ask = async (model: string, answer: ScriptedAnswer, signal = AbortSignal.timeout(20_000)) => {
  server.answer([answer]);
  const opened = await openModel(model, settings());
  return generateText({
    model: opened.languageModel,
    prompt: 'Say something.',
    maxRetries: 0,
    abortSignal: signal,
  }).then(
    ({ text, totalUsage }) => ({ text, usage: opened.usageOf(totalUsage) }),
    (error: unknown) => ({ failure: opened.failureOf(error) }),
  );
};

test('asks a compatible server, and prices what it counted', async () => {
  const usage = { input: 1_000, output: 100, cached: 400 };
  expect(await ask('local:priced', { content: 'hello', usage })).toEqual({
    text: 'hello',
    usage: {
      inputTokens: 1_000,
      outputTokens: 100,
      cachedInputTokens: 400,
      costUsd: expect.closeTo((600 * 2 + 400 * 0.5 + 100 * 10) / 1e6, 12),
    },
  });
  expect(server.requests.at(-1)?.body.model).toBe('priced');
});

test('a cost that nobody can know is unknown, not nothing', async () => {
  const unpriced = await ask('local:vendor/some:model', { content: 'x' });
  expect(unpriced).toMatchObject({ usage: { inputTokens: 100, costUsd: null } });
  const uncounted = await ask('local:priced', { content: 'x', usage: null });
  expect(uncounted).toMatchObject({ usage: { inputTokens: 0, costUsd: null } });
});

test('streams words and tool calls', async () => {
  server.answer([{ content: 'a stream of some words', toolCalls: [] }]);
  const { languageModel, usageOf } = await openModel('local:priced', settings());
  const result = streamText({ model: languageModel, prompt: 'Go on.' });
  const pieces: string[] = [];
  for await (const piece of result.textStream) pieces.push(piece);
  expect(pieces.length).toBeGreaterThan(1);
  expect(pieces.join('')).toBe('a stream of some words');
  expect(usageOf(await result.totalUsage).outputTokens).toBe(10);
});

test.each<[string, ScriptedAnswer, object]>([
  [
    'a limit',
    { status: 429, headers: { 'retry-after': '7' }, error: 'slow down' },
    { class: 'rate-limited', retryAfter: 7_000 },
  ],
  [
    'an empty account',
    {
      status: 429,
      error: {
        body: '{"error":{"message":"You exceeded your quota","code":"insufficient_quota"}}',
      },
    },
    { class: 'permanent' },
  ],
  ['a forbidden model', { status: 403, error: 'not for you' }, { class: 'permanent' }],
  [
    'a prompt that is too long',
    { status: 400, error: 'maximum context length' },
    { class: 'permanent' },
  ],
  ['an error of theirs', { status: 500, error: 'oops' }, { class: 'transient' }],
  ['overload', { status: 529, error: 'overloaded' }, { class: 'transient' }],
  [
    'overload that says for how long',
    { status: 503, headers: { 'retry-after': '3' }, error: 'busy' },
    { class: 'rate-limited', retryAfter: 3_000 },
  ],
  [
    'a page of a proxy',
    { status: 502, error: { body: '<html>Bad gateway</html>' } },
    { class: 'transient' },
  ],
  ['a gateway that waited in vain', { status: 504, error: 'late' }, { class: 'timeout' }],
  [
    'a redirect',
    { status: 307, headers: { location: 'http://127.0.0.1:1/' }, error: 'elsewhere' },
    { class: 'transient', message: expect.stringContaining('redirect') },
  ],
  ['a cut connection', { content: 'half of it', cut: true }, { class: 'transient' }],
])('%s is understood', async (_what, answer, failure) => {
  expect(await ask('local:priced', answer)).toMatchObject({ failure });
});

test('a time-out and an abort are told apart', async () => {
  const late = await ask('local:priced', { hang: true }, AbortSignal.timeout(50));
  expect(late).toMatchObject({ failure: { class: 'timeout' } });
  const aborted = await ask('local:priced', { hang: true }, AbortSignal.abort());
  expect(aborted).toMatchObject({ failure: { class: 'cancelled' } });
});

test('a stream that is cut fails', async () => {
  server.answer([{ content: 'words that never end', cut: true }]);
  const { languageModel, failureOf } = await openModel('local:priced', settings());
  const { fullStream } = streamText({ model: languageModel, prompt: 'Go on.', maxRetries: 0 });
  const read = async () => {
    for await (const part of fullStream) expect(part.type).not.toBe('finish');
  };
  const failure = await read().then(() => undefined, failureOf);
  expect(failure).toEqual({
    class: 'transient',
    message: 'local:priced: 200 Failed to process successful response (other side closed)',
  });
});

test('the key is never said, not even when the server says it', async () => {
  const wrong = 'sk-wrong-9876543210';
  const opened = await openModel('local:priced', settings({ LOCAL_KEY: wrong }));
  const call = generateText({ model: opened.languageModel, prompt: 'x', maxRetries: 0 });
  const failure = await call.then(() => undefined, opened.failureOf);
  expect(failure).toEqual({
    class: 'permanent',
    message: 'local:priced: 401 Incorrect API key provided: [redacted]',
  });
});

test.each([
  ['gpt-5', 'model-unknown', /provider:name/],
  ['nobody:x', 'model-unknown', /there are openai, anthropic, google, local/],
  ['openai:gpt-5', 'model-key-missing', /set OPENAI_API_KEY/],
  ['google:gemini', 'model-key-missing', /GOOGLE_GENERATIVE_AI_API_KEY or GEMINI_API_KEY/],
])('%s is refused with %s', async (reference, code, message) => {
  await expect(openModel(reference, settings())).rejects.toMatchObject({ code, message });
});

test('OpenAI, Anthropic and Google are opened by their own packages and names', async () => {
  const variables = { OPENAI_API_KEY: key, ANTHROPIC_API_KEY: key, GEMINI_API_KEY: key };
  const names = ['openai:a', 'anthropic:b', 'google:c'].map(async (reference) => {
    const { languageModel } = await openModel(reference, {
      providers: {},
      variables,
      directory: '.',
    });
    return `${languageModel.provider} ${languageModel.modelId}`;
  });
  expect(await Promise.all(names)).toEqual([
    'openai.responses a',
    'anthropic.messages b',
    'google.generative-ai c',
  ]);
});

test('OPENAI_BASE_URL leads to a server that speaks chat completions', async () => {
  server.answer([{ content: 'here' }]);
  const variables = { OPENAI_API_KEY: key, OPENAI_BASE_URL: `${server.url}/` };
  const { languageModel } = await openModel('openai:any', {
    providers: {},
    variables,
    directory: '.',
  });
  expect((await generateText({ model: languageModel, prompt: 'x' })).text).toBe('here');
});

test('says why a model cannot be reached', async () => {
  expect(await whyUnreachable('local:any', settings())).toBeUndefined();
  const refused = await whyUnreachable('local:any', settings({ LOCAL_KEY: 'other' }));
  expect(refused).toBe('local:any: its key is refused (401)');
  const missing = await whyUnreachable('local:any', settings({}));
  expect(missing).toMatch(/set LOCAL_KEY/);
  const providers = modelProvidersSchema.parse({ gone: { baseUrl: 'http://127.0.0.1:1/v1' } });
  const gone = await whyUnreachable('gone:any', { providers, variables: {}, directory: '.' });
  expect(gone).toMatch(/^gone:any: http:\/\/127.0.0.1:1\/v1 does not answer/);
});
