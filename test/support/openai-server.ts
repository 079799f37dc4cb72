import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the server does with one request for a chat completion. */
export type ScriptedAnswer =
  | {
      /** The assistant's words; an object is written as JSON. */
      readonly content?: unknown;
      readonly toolCalls?: readonly { readonly name: string; readonly arguments: unknown }[];
      readonly finishReason?: 'stop' | 'length' | 'content_filter' | 'tool_calls';
      /** null: the server reports none. */
      readonly usage?: {
        readonly input: number;
        readonly output: number;
        readonly cached?: number;
      } | null;
      /** The connection is cut in the middle of the body. */
      readonly cut?: boolean;
    }
  | {
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      /** The message of the error, or a whole body that is sent as it is. */
      readonly error: string | { readonly body: string };
    }
  | { readonly hang: true };

interface ChatRequest {
  readonly model: string;
  readonly messages: readonly {
    readonly role: string;
    readonly content?: unknown;
    readonly tool_calls?: readonly unknown[];
  }[];
  readonly stream?: boolean;
  readonly tools?: readonly { readonly function: { readonly name: string } }[];
  readonly response_format?: { readonly type: string };
}

/** The answer to the nth request, from 0. */
type Script = (request: ChatRequest, n: number) => ScriptedAnswer | Promise<ScriptedAnswer>;

export interface OpenAiServer {
  /** To use as `baseUrl`; ends with /v1. */
  readonly url: string;
  readonly requests: readonly {
    readonly body: ChatRequest;
    readonly headers: IncomingMessage['headers'];
  }[];
  /** What is answered from now on; the count starts anew. */
  readonly answer: (script: Script | readonly ScriptedAnswer[]) => void;
  /** Resolves when a client has gone before it was answered. */
  readonly dropped: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/**
 * A server that speaks OpenAI's chat completions, plain and streamed, with tools and usage, as a
 * script says. `GET /v1/models` answers, and with `key` every request must carry it.
 */
export async function startOpenAiServer(options: { key?: string } = {}): Promise<OpenAiServer> {
  const requests: { body: ChatRequest; headers: IncomingMessage['headers'] }[] = [];
  let script: Script = () => ({ status: 500, error: 'the test scripted no answer' });
  let count = 0;
  const drops = new EventEmitter();
  const server = createServer((request, response) => {
    response.on('close', () => response.writableEnded || drops.emit('drop'));
    handle(request, response).catch((error: unknown) => response.destroy(error as Error));
  });

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { key } = options;
    if (key !== undefined && request.headers.authorization !== `Bearer ${key}`) {
      const given = request.headers.authorization?.replace('Bearer ', '') ?? '';
      return refuse(response, 401, {}, `Incorrect API key provided: ${given}`);
    }
    if (request.url === '/v1/models') return send(response, 200, { object: 'list', data: [] });
    if (request.url !== '/v1/chat/completions') return refuse(response, 404, {}, 'no such address');
    const body = JSON.parse(Buffer.concat(chunks).toString()) as ChatRequest;
    requests.push({ body, headers: request.headers });
    await write(response, body, await script(body, count++));
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    requests,
    answer(next) {
      count = 0;
      script = typeof next === 'function' ? next : (_request, n) => scripted(next, n);
    },
    dropped: async () => void (await once(drops, 'drop')),
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function scripted(answers: readonly ScriptedAnswer[], n: number): ScriptedAnswer {
  return answers[n] ?? { status: 500, error: `the test scripted ${answers.length} answers only` };
}

async function write(response: ServerResponse, request: ChatRequest, answer: ScriptedAnswer) {
  if ('hang' in answer) return;
  if ('status' in answer) return refuse(response, answer.status, answer.headers, answer.error);
  const { content = null, toolCalls = [], usage = { input: 100, output: 10 } } = answer;
  const text = content === null || typeof content === 'string' ? content : JSON.stringify(content);
  const message = {
    role: 'assistant',
    content: text,
    ...(toolCalls.length === 0 ? {} : { tool_calls: toolCalls.map(toToolCall) }),
  };
  const finish_reason = answer.finishReason ?? (toolCalls.length === 0 ? 'stop' : 'tool_calls');
  const counted = usage === null ? {} : { usage: toUsage(usage) };
  const head = { id: 'chatcmpl-1', created: 1, model: request.model };
  if (request.stream !== true) {
    const choices = [{ index: 0, message, finish_reason }];
    const whole = JSON.stringify({ ...head, object: 'chat.completion', choices, ...counted });
    const length = Buffer.byteLength(whole);
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': length });
    if (answer.cut !== true) return void response.end(whole);
    response.write(whole.slice(0, whole.length / 2));
    return void setImmediate(() => response.destroy());
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const event = (fields: object) =>
    response.write(`data: ${JSON.stringify({ ...head, ...fields })}\n\n`);
  const delta = (value: object, finish: string | null = null) =>
    event({ choices: [{ index: 0, delta: value, finish_reason: finish }] });
  delta({ role: 'assistant', content: '' });
  for (const piece of text?.match(/[^]{1,16}/g) ?? []) delta({ content: piece });
  if (answer.cut === true) return void setImmediate(() => response.destroy());
  for (const [index, call] of toolCalls.map(toToolCall).entries()) {
    delta({ tool_calls: [{ index, ...call }] });
  }
  delta({}, finish_reason);
  if (usage !== null) event({ choices: [], ...counted });
  response.end('data: [DONE]\n\n');
}

function toToolCall(call: { name: string; arguments: unknown }, index: number) {
  const { name, arguments: given } = call;
  const text = typeof given === 'string' ? given : JSON.stringify(given);
  return { id: `call_${name}_${index}`, type: 'function', function: { name, arguments: text } };
}

function toUsage({
  input,
  output,
  cached = 0,
}: {
  input: number;
  output: number;
  cached?: number;
}) {
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    prompt_tokens_details: { cached_tokens: cached },
  };
}

function refuse(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>> = {},
  error: string | { readonly body: string },
): void {
  if (typeof error === 'string')
    return send(response, status, { error: { message: error } }, headers);
  response.writeHead(status, headers).end(error.body);
}

function send(response: ServerResponse, status: number, body: object, headers = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}
