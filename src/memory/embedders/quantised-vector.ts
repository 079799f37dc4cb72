/**
 * A unit vector as bytes: one signed byte a dimension, scaled so that the largest is 127. A quarter
 * of the size of floats; the direction, which is all a cosine needs, is kept to about 1 %.
 */
export function quantise(vector: ArrayLike<number>): Buffer {
  let largest = 0;
  for (let i = 0; i < vector.length; i++)
    largest = Math.max(largest, Math.abs(vector[i] as number));
  const bytes = Buffer.alloc(vector.length);
  if (largest === 0) return bytes;
  for (let i = 0; i < vector.length; i++) {
    bytes.writeInt8(Math.round(((vector[i] as number) / largest) * 127), i);
  }
  return bytes;
}

/** Cosine of a unit vector and a quantised one; 0 when the latter is all zero. */
export function cosineWithQuantised(unit: ArrayLike<number>, bytes: Buffer): number {
  const signed = new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  let sum = 0;
  let squares = 0;
  for (let i = 0; i < signed.length; i++) {
    const value = signed[i] as number;
    sum += (unit[i] as number) * value;
    squares += value * value;
  }
  return squares === 0 ? 0 : sum / Math.sqrt(squares);
}
