import { asLines, asText } from '../as-text.ts';
import type { Conflict, Resolver } from '../conflict.ts';
import { mergeTokens } from '../token-merge.ts';

/**
 * One side changed white space alone: the other's change, in the first one's layout. Developers take
 * the other's lines as they are about as often.
 */
export const whitespace: Resolver = {
  name: 'whitespace',
  resolve({ base, left, right }: Conflict) {
    if (base.length === 0) return undefined;
    const merged = mergeTokens(asText(base), asText(left), asText(right));
    if (merged === undefined) return undefined;
    if (merged.leftEdits > 0 && merged.rightEdits > 0 && merged.separation !== Infinity) {
      return undefined;
    }
    return { lines: asLines(merged.text), confidence: 0.8 };
  },
};
