import { asLines, asText } from '../as-text.ts';
import type { Conflict, Resolver } from '../conflict.ts';
import { areDependent } from '../dependent-edits.ts';
import { isImport } from '../import-lines.ts';
import { mergeTokens } from '../token-merge.ts';
import { tokenConfidence } from '../token-confidence.ts';
import { isWord } from '../tokens.ts';

/** Both sides changed different words of the same lines. */
export const tokens: Resolver = {
  name: 'tokens',
  resolve(conflict: Conflict) {
    const { base, left, right } = conflict;
    if (!base.some(isWord)) return undefined;
    const texts = [asText(base), asText(left), asText(right)] as const;
    const merged = mergeTokens(...texts);
    // What is one side as it stands is for others to judge.
    if (merged === undefined || texts.slice(1).includes(merged.text)) return undefined;
    const woven = base.length === 1 && merged.alternations > 1;
    // Two edits of one message are two ways to say it.
    const inOneString = mergeTokens(...texts, { wholeStrings: true }) === undefined;
    const doubts = [
      woven,
      inOneString,
      // Where a name comes from and what it is called are one decision.
      [...base, ...left, ...right].some(isImport),
      areDependent(conflict),
    ];
    const confidence = tokenConfidence(merged, conflict) - 0.08 * doubts.filter(Boolean).length;
    return { lines: asLines(merged.text), confidence };
  },
};
