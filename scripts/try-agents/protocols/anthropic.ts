import { nextId, type Protocol, send, stream, tokens } from '../protocol.ts';

interface Request {
  readonly messages: readonly { readonly content: string | readonly { readonly type: string }[] }[];
  readonly tools?: readonly {
    readonly name: string;
    readonly input_schema?: { readonly properties?: object };
  }[];
  readonly stream?: boolean;
}

/** Anthropic's Messages. */
export const anthropic: Protocol = {
  path: /\/v1\/messages$/,
  read({ messages, tools = [], stream: streamed = false }: Request) {
    const parts = messages.flatMap(({ content }) => (typeof content === 'string' ? [] : content));
    return {
      tools: tools.map(({ name, input_schema: schema }) => ({
        name,
        properties: Object.keys(schema?.properties ?? {}),
      })),
      used: parts.filter(({ type }) => type === 'tool_result').length,
      streamed,
    };
  },
  write(response, { text, call }, { streamed }) {
    const content = [
      { type: 'text', text },
      ...(call ? [{ type: 'tool_use', id: nextId('toolu'), ...call }] : []),
    ];
    const usage = {
      input_tokens: tokens.input,
      cache_read_input_tokens: tokens.cached,
      cache_creation_input_tokens: 0,
      output_tokens: tokens.output,
    };
    const stop = { stop_reason: call ? 'tool_use' : 'end_turn', stop_sequence: null };
    const about = { id: nextId('msg'), type: 'message', role: 'assistant', model: 'scripted' };
    const message = { ...about, content, ...stop, usage };
    if (!streamed) return send(response, 200, message);
    stream(response, [
      { type: 'message_start', message: { ...message, content: [], stop_reason: null } },
      ...content.flatMap((part, index) => [
        {
          ...{ type: 'content_block_start', index },
          content_block: 'text' in part ? { ...part, text: '' } : { ...part, input: {} },
        },
        {
          ...{ type: 'content_block_delta', index },
          delta:
            'text' in part
              ? { type: 'text_delta', text: part.text }
              : { type: 'input_json_delta', partial_json: JSON.stringify(part.input) },
        },
        { type: 'content_block_stop', index },
      ]),
      { type: 'message_delta', delta: stop, usage: { output_tokens: tokens.output } },
      { type: 'message_stop' },
    ]);
  },
  refusal: (status, message) => ({
    type: 'error',
    error: { type: kinds[status] ?? 'api_error', message },
  }),
};

const kinds: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  429: 'rate_limit_error',
};
