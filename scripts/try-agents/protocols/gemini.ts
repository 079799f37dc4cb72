import { nextId, type Protocol, send, stream, tokens } from '../protocol.ts';

interface Request {
  readonly contents: readonly { readonly parts: readonly object[] }[];
  readonly tools?: readonly {
    readonly functionDeclarations?: readonly {
      readonly name: string;
      readonly parametersJsonSchema?: { readonly properties?: object };
      readonly parameters?: { readonly properties?: object };
    }[];
  }[];
}

/** Google's generateContent. */
export const gemini: Protocol = {
  path: /:(?:streamG|g)enerateContent$/,
  read: ({ contents, tools = [] }: Request, path) => ({
    tools: tools
      .flatMap(({ functionDeclarations = [] }) => functionDeclarations)
      .map(({ name, parametersJsonSchema, parameters }) => ({
        name,
        properties: Object.keys((parametersJsonSchema ?? parameters)?.properties ?? {}),
      })),
    used: contents.flatMap(({ parts }) => parts).filter((part) => 'functionResponse' in part)
      .length,
    streamed: path.endsWith(':streamGenerateContent'),
  }),
  write(response, { text, call }, { streamed }) {
    const parts = [
      { text },
      ...(call
        ? [{ functionCall: { id: nextId('call'), name: call.name, args: call.input } }]
        : []),
    ];
    const whole = {
      candidates: [{ content: { role: 'model', parts }, finishReason: 'STOP', index: 0 }],
      usageMetadata: {
        promptTokenCount: tokens.input + tokens.cached,
        cachedContentTokenCount: tokens.cached,
        // A part of what it is paid for is thought.
        candidatesTokenCount: tokens.output - 5,
        thoughtsTokenCount: 5,
        totalTokenCount: tokens.input + tokens.cached + tokens.output,
      },
      modelVersion: 'scripted',
    };
    return streamed ? stream(response, [whole]) : send(response, 200, whole);
  },
  refusal: (code, message) => ({ error: { code, message, status: kinds[code] ?? 'INTERNAL' } }),
};

const kinds: Readonly<Record<number, string>> = {
  401: 'UNAUTHENTICATED',
  429: 'RESOURCE_EXHAUSTED',
};
