import type { Embedder } from './embedder.ts';
import { withinBudget } from '../time-budget.ts';

/** Questions that are remembered with their vectors: attempts of one task ask the same again. */
const remembered = 500;
/** Milliseconds in which an embedder that failed is not asked again. */
const pause = 10_000;

/** The vector of a question in the embedder's space; undefined when it cannot be had in time. */
export type QuestionVector = (
  text: string,
) => Promise<{ readonly space: string; readonly vector: Float32Array } | undefined>;

/**
 * @param patience milliseconds that a question waits for its vector; words alone answer well, too
 * @param onError is told why a question had to do without
 */
export function createQuestionVectors(
  embedder: Embedder,
  patience: number,
  onError: (reason: string) => void,
): QuestionVector {
  const vectors = new Map<string, Float32Array>();
  let pausedUntil = 0;
  return async (text) => {
    if (!vectors.has(text) && performance.now() < pausedUntil) return undefined;
    const answer = await withinBudget(async () => {
      const { name: space } = await embedder.space();
      const vector = vectors.get(text) ?? (await embedder.embed([text]))[0];
      return { space, vector: vector as Float32Array };
    }, patience);
    if (!answer.ok) {
      pausedUntil = performance.now() + pause;
      onError(answer.reason);
      return undefined;
    }
    vectors.delete(text);
    vectors.set(text, answer.value.vector);
    if (vectors.size > remembered) vectors.delete(vectors.keys().next().value as string);
    return answer.value;
  };
}
