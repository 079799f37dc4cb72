import { asLines, asText } from '../as-text.ts';
import type { Conflict, Resolver } from '../conflict.ts';
import { ink } from '../ink.ts';
import { mergeTokens } from '../token-merge.ts';
import { isWord } from '../tokens.ts';

/**
 * One side changed white space alone: the other's change, in the first one's layout. Sure where that
 * side reformatted the file, or nothing of its layout is left: otherwise developers take the other's
 * lines as they are about as often.
 */
export const whitespace: Resolver = {
  name: 'whitespace',
  resolve({ base, left, right, reformatted }: Conflict) {
    if (!base.some(isWord)) return undefined;
    if (![left, right].some((side) => ink(side) === ink(base))) return undefined;
    const merged = mergeTokens(asText(base), asText(left), asText(right));
    if (merged === undefined) return undefined;
    const lines = asLines(merged.text);
    const isOneSide = [left, right].some((side) => areSame(side, lines));
    const { relaid, torn, kept } = merged;
    // Of a place that was written anew or thrown away, the layout is the least question.
    if (Math.min(kept.left, kept.right) < 0.25) return { lines, confidence: 0.8 };
    const isKept =
      !torn && (!relaid.left || reformatted.left) && (!relaid.right || reformatted.right);
    return { lines, confidence: isOneSide ? 0.95 : isKept ? 0.92 : 0.8 };
  },
};

const areSame = (one: readonly string[], other: readonly string[]) =>
  one.length === other.length && one.every((line, k) => line.trimEnd() === other[k]?.trimEnd());
