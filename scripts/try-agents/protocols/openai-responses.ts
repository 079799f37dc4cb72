import { nextId, type Protocol, send, stream, tokens } from '../protocol.ts';

interface Request {
  readonly input: string | readonly { readonly type?: string }[];
  readonly tools?: readonly {
    readonly type: string;
    readonly name?: string;
    readonly parameters?: { readonly properties?: object };
  }[];
  readonly stream?: boolean;
}

/** OpenAI's Responses. */
export const openaiResponses: Protocol = {
  path: /\/responses$/,
  read({ input, tools = [], stream: streamed = false }: Request) {
    const items = typeof input === 'string' ? [] : input;
    return {
      tools: tools.map(({ type, name = type, parameters }) => ({
        name,
        properties: type === 'custom' ? undefined : Object.keys(parameters?.properties ?? {}),
      })),
      used: items.filter(({ type }) => type?.endsWith('call_output')).length,
      streamed,
    };
  },
  write(response, { text, call }, { streamed }) {
    const output = [
      {
        ...{ type: 'message', id: nextId('msg'), role: 'assistant', status: 'completed' },
        content: [{ type: 'output_text', text, annotations: [] }],
      },
      ...(call ? [toItem(call)] : []),
    ];
    const usage = {
      input_tokens: tokens.input + tokens.cached,
      input_tokens_details: { cached_tokens: tokens.cached },
      output_tokens: tokens.output,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: tokens.input + tokens.cached + tokens.output,
    };
    const about = { id: nextId('resp'), object: 'response', created_at: 1, model: 'scripted' };
    const whole = { ...about, status: 'completed', output, usage };
    if (!streamed) return send(response, 200, whole);
    stream(response, [
      { type: 'response.created', response: { ...about, status: 'in_progress', output: [] } },
      ...output.flatMap((item, output_index) => [
        { type: 'response.output_item.added', output_index, item },
        { type: 'response.output_item.done', output_index, item },
      ]),
      { type: 'response.completed', response: whole },
    ]);
  },
  refusal: (_, message) => ({ error: { message, type: 'error', code: null } }),
};

function toItem({ name, input }: { readonly name: string; readonly input: object | string }) {
  const about = { id: nextId('item'), call_id: nextId('call'), name, status: 'completed' };
  return typeof input === 'string'
    ? { type: 'custom_tool_call', ...about, input }
    : { type: 'function_call', ...about, arguments: JSON.stringify(input) };
}
