/** Turns texts into unit vectors whose dot product says how alike the texts are. */
export interface Embedder {
  /** Names the space: vectors of embedders with different names are never compared. `[a-z0-9-]+` */
  readonly name: string;
  readonly dimensions: number;
  embed(texts: readonly string[]): Promise<Float32Array[]>;
}

/** Dot product; the cosine when both are unit vectors. */
export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}
