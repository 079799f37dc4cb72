import { asLines, asText } from '../as-text.ts';
import type { Conflict, Resolver } from '../conflict.ts';
import { mergeTokens } from '../token-merge.ts';
import { tokenConfidence } from '../token-confidence.ts';

/** Both sides changed different words of the same lines. */
export const tokens: Resolver = {
  name: 'tokens',
  resolve({ base, left, right }: Conflict) {
    if (base.length === 0) return undefined;
    const texts = [asText(base), asText(left), asText(right)] as const;
    const merged = mergeTokens(...texts);
    if (merged === undefined) return undefined;
    const woven = base.length === 1 && merged.alternations > 1;
    // Two edits of one message are two ways to say it.
    const inOneString = mergeTokens(...texts, { wholeStrings: true }) === undefined;
    const confidence = tokenConfidence(merged) - (woven ? 0.07 : 0) - (inOneString ? 0.08 : 0);
    return { lines: asLines(merged.text), confidence };
  },
};
