import { asLines, asText } from '../as-text.ts';
import type { Conflict, Resolver } from '../conflict.ts';
import { mergeTokens } from '../token-merge.ts';
import { isWord } from '../tokens.ts';

/**
 * One side changed white space alone: the other's change, in the first one's layout. Sure where nothing
 * of that layout is left in it: otherwise developers take the other's lines as they are about as often.
 */
export const whitespace: Resolver = {
  name: 'whitespace',
  resolve({ base, left, right }: Conflict) {
    if (!base.some(isWord)) return undefined;
    const merged = mergeTokens(asText(base), asText(left), asText(right));
    if (merged === undefined) return undefined;
    if (merged.leftEdits > 0 && merged.rightEdits > 0 && merged.separation !== Infinity) {
      return undefined;
    }
    const lines = asLines(merged.text);
    const isOneSide = [left, right].some((side) => areSame(side, lines));
    return { lines, confidence: isOneSide ? 0.95 : 0.8 };
  },
};

const areSame = (one: readonly string[], other: readonly string[]) =>
  one.length === other.length && one.every((line, k) => line.trimEnd() === other[k]?.trimEnd());
