import { asLines, asText } from '../as-text.ts';
import type { Conflict, Resolver } from '../conflict.ts';
import { tokenConfidence } from '../token-confidence.ts';
import { type GroupResolver, mergeTokens } from '../token-merge.ts';
import { laterVersion } from '../version-literal.ts';

/** Both sides raised the same version, or year: the later one; their other words are merged. */
export const laterVersionWins: Resolver = {
  name: 'later-version',
  resolve(conflict: Conflict) {
    const { base, left, right } = conflict;
    const winners = new Set<'left' | 'right'>();
    const decide: GroupResolver = (b, l, r, before) => {
      if (b.length !== 1 || l.length !== 1 || r.length !== 1) return undefined;
      const isCounter = /version|build|release/i.test(before);
      const later = laterVersion(b[0] as string, l[0] as string, r[0] as string, isCounter);
      if (later === undefined) return undefined;
      winners.add(later);
      return later === 'left' ? l : r;
    };
    const merged = mergeTokens(asText(base), asText(left), asText(right), { decide });
    // Versions that belong together come from one side.
    if (merged === undefined || winners.size !== 1) return undefined;
    return {
      lines: asLines(merged.text),
      confidence: Math.min(0.93, tokenConfidence(merged, conflict)),
    };
  },
};
