/** What vectors of one embedder have in common: those of different spaces are never compared. */
export interface VectorSpace {
  /** Embedder and dimension, `[a-z0-9-]+`: `openai-text-embedding-3-small-1536`. */
  readonly name: string;
  readonly dimensions: number;
}

/** Turns texts into unit vectors whose dot product says how alike the texts are. */
export interface Embedder {
  /**
   * The space of its vectors. One that lives elsewhere is asked once, since it alone knows its dimension.
   *
   * @throws AuroraError embedder-failed
   */
  space(): Promise<VectorSpace>;
  /**
   * One vector for each text, in their order.
   *
   * @throws AuroraError embedder-failed, embedder-refused
   */
  embed(texts: readonly string[]): Promise<Float32Array[]>;
}

/** Dot product; the cosine when both are unit vectors. */
export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

/** Brings a vector to length 1, in place; the zero vector stays. */
export function toUnit(vector: Float32Array): Float32Array {
  const length = Math.sqrt(dot(vector, vector));
  if (length > 0)
    for (let i = 0; i < vector.length; i++) vector[i] = (vector[i] as number) / length;
  return vector;
}
