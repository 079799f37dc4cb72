import { readFileSync } from 'node:fs';

/** The most frequent words are enough: rare ones say little and make the model large. */
const maxWords = 14_000;
const dimensions = 100;

export type WordVectors = ReadonlyMap<string, Float64Array>;

/** Reads GloVe vectors of the most frequent words and of those given, each of length 1. */
export function readWordVectors(file: string, wanted: Iterable<string>): WordVectors {
  const { words, vectors } = JSON.parse(readFileSync(file, 'utf8')) as {
    words: string[];
    vectors: Record<string, number[]>;
  };
  const frequent = words.filter((word) => /^\p{L}+$/u.test(word)).slice(0, maxWords);
  return new Map(
    [...new Set([...frequent, ...wanted])].sort().flatMap((word) => {
      const vector = vectors[word]?.slice(0, dimensions);
      if (!vector) return [];
      const norm = Math.hypot(...vector);
      return [[word, Float64Array.from(vector, (value) => value / norm)] as const];
    }),
  );
}
