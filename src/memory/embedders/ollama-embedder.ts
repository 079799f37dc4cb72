import { z } from 'zod';
import type { Embedder } from './embedder.ts';
import {
  createRemoteEmbedder,
  vectorSchema,
  type RemoteEmbedderOptions,
} from './remote-embedder.ts';

const answer = z
  .object({ embeddings: z.array(vectorSchema) })
  .transform(({ embeddings }) => embeddings);

/** An Ollama server, by its `POST /api/embed`. */
export function createOllamaEmbedder(
  options: RemoteEmbedderOptions & {
    readonly baseUrl: string;
    readonly apiKey?: string | undefined;
  },
): Embedder {
  return createRemoteEmbedder(
    {
      kind: 'ollama',
      url: `${options.baseUrl.replace(/\/+$/, '')}/api/embed`,
      headers: options.apiKey === undefined ? {} : { authorization: `Bearer ${options.apiKey}` },
      body: (model, input) => ({ model, input, truncate: true }),
      answer,
    },
    options,
  );
}
