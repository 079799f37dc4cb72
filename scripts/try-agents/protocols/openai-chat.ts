import { nextId, type Protocol, send, stream, tokens } from '../protocol.ts';

interface Request {
  readonly messages: readonly { readonly role: string }[];
  readonly tools?: readonly {
    readonly function: {
      readonly name: string;
      readonly parameters?: { readonly properties?: object };
    };
  }[];
  readonly stream?: boolean;
}

/** OpenAI's chat completions, as most others speak them. */
export const openaiChat: Protocol = {
  path: /\/chat\/completions$/,
  read: ({ messages, tools = [], stream: streamed = false }: Request) => ({
    tools: tools.map(({ function: { name, parameters } }) => ({
      name,
      properties: Object.keys(parameters?.properties ?? {}),
    })),
    used: messages.filter(({ role }) => role === 'tool').length,
    streamed,
  }),
  write(response, { text, call }, { streamed }) {
    const message = {
      ...{ role: 'assistant', content: text },
      ...(call && {
        tool_calls: [
          {
            ...{ index: 0, id: nextId('call'), type: 'function' },
            function: { name: call.name, arguments: JSON.stringify(call.input) },
          },
        ],
      }),
    };
    const usage = {
      prompt_tokens: tokens.input + tokens.cached,
      completion_tokens: tokens.output,
      total_tokens: tokens.input + tokens.cached + tokens.output,
      prompt_tokens_details: { cached_tokens: tokens.cached },
    };
    const about = { id: nextId('chatcmpl'), created: 1, model: 'scripted' };
    const finish_reason = call ? 'tool_calls' : 'stop';
    if (!streamed) {
      const choices = [{ index: 0, message, finish_reason }];
      return send(response, 200, { ...about, object: 'chat.completion', choices, usage });
    }
    const chunk = { ...about, object: 'chat.completion.chunk' };
    stream(response, [
      { ...chunk, choices: [{ index: 0, delta: message, finish_reason: null }] },
      { ...chunk, choices: [{ index: 0, delta: {}, finish_reason }] },
      { ...chunk, choices: [], usage },
      '[DONE]',
    ]);
  },
  refusal: (_, message) => ({ error: { message, type: 'error', code: null } }),
};
