import { telling, wordsOf } from '../words.ts';
import { toUnit, type Embedder } from './embedder.ts';

const dimensions = 1024;
/** Name of the space of {@link createLexicalEmbedder}. */
export const lexicalEmbedder = `lexical-${dimensions}`;
/** Long texts repeat themselves; the beginning says what they are about. */
const maxWords = 2_000;

/**
 * An embedder that needs no model: words and their character 3-grams hashed into 1024 signed
 * dimensions (Weinberger et al. 2009, "Feature hashing for large scale multitask learning"), with
 * sublinear counts. Texts with the same words, word stems or spellings come out alike; synonyms do
 * not. Related texts have a cosine above about 0.12.
 */
export function createLexicalEmbedder(): Embedder {
  return {
    space: () => Promise.resolve({ name: lexicalEmbedder, dimensions }),
    embed: (texts) => Promise.resolve(texts.map(embedLexically)),
  };
}

/** One text of {@link createLexicalEmbedder}, synchronously; the zero vector for a text without words. */
export function embedLexically(text: string): Float32Array {
  const counts = new Map<string, number>();
  const add = (feature: string, weight: number) =>
    counts.set(feature, (counts.get(feature) ?? 0) + weight);
  const words = wordsOf(text.slice(0, maxWords * 20)).slice(0, maxWords);
  const content = new Set(telling(words, maxWords));
  for (const word of words) {
    if (!content.has(word)) continue;
    add(`w${word}`, 1);
    const padded = `<${word}>`;
    const grams = padded.length - 2;
    // All 3-grams of a word together weigh as much as the word itself.
    for (let i = 0; i < grams; i++) add(`g${padded.slice(i, i + 3)}`, 1 / grams);
  }
  const vector = new Float32Array(dimensions);
  for (const [feature, count] of counts) {
    const hash = fnv1a(feature);
    const at = hash % dimensions;
    const sign = hash & 0x80000000 ? -1 : 1;
    vector[at] = (vector[at] as number) + sign * Math.sqrt(count);
  }
  return toUnit(vector);
}

/** FNV-1a, 32 bits, with a final mix: its low bits alone are too regular for a modulus. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
