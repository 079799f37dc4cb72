import { z } from 'zod';
import type { Embedder } from './embedder.ts';
import {
  createRemoteEmbedder,
  vectorSchema,
  type RemoteEmbedderOptions,
} from './remote-embedder.ts';

const answer = z
  .object({ data: z.array(z.object({ index: z.int().min(0), embedding: vectorSchema })) })
  // The index says which text a vector belongs to, wherever it stands.
  .transform(({ data }) => data.sort((a, b) => a.index - b.index).map((each) => each.embedding));

/** Any endpoint that speaks OpenAI's `POST /embeddings`. @param baseUrl ends in `/v1` as a rule */
export function createOpenAiEmbedder(
  options: RemoteEmbedderOptions & {
    readonly baseUrl: string;
    readonly apiKey?: string | undefined;
  },
): Embedder {
  return createRemoteEmbedder(
    {
      kind: 'openai',
      url: `${options.baseUrl.replace(/\/+$/, '')}/embeddings`,
      headers: options.apiKey === undefined ? {} : { authorization: `Bearer ${options.apiKey}` },
      body: (model, input) => ({ model, input, encoding_format: 'float' }),
      answer,
    },
    options,
  );
}
