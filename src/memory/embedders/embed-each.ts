import { AuroraError } from '../../domain/errors.ts';
import type { Embedder } from './embedder.ts';

/**
 * The vectors of texts that may hold one which the embedder refuses: then each is asked for alone, and
 * the refused have none, so that they do not keep the others waiting for ever.
 *
 * @throws AuroraError embedder-failed
 */
export async function embedEach(
  embedder: Embedder,
  texts: readonly string[],
): Promise<(Float32Array | undefined)[]> {
  try {
    return await embedder.embed(texts);
  } catch (error) {
    if (!(error instanceof AuroraError) || error.code !== 'embedder-refused') throw error;
    if (texts.length === 1) return [undefined];
  }
  const vectors: (Float32Array | undefined)[] = [];
  for (const text of texts) vectors.push(...(await embedEach(embedder, [text])));
  return vectors;
}
