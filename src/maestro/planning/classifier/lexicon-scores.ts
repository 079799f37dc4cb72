import { qualityCategories } from '../../../domain/requirement.ts';
import { qualityLexicon, type QualityCategory } from '../quality-lexicon.ts';

interface Phrase {
  readonly category: QualityCategory;
  readonly weight: number;
  readonly words: readonly string[];
}

/** Phrases by the first two letters of their first word: most are never looked at. */
const phrases = new Map<string, Phrase[]>();
for (const category of qualityCategories) {
  for (const [weight, list] of qualityLexicon[category]) {
    for (const phrase of list.split('|')) {
      const words = phrase.trim().split(' ');
      const key = (words[0] ?? '').slice(0, 2);
      phrases.set(key, [...(phrases.get(key) ?? []), { category, weight, words }]);
    }
  }
}

/** How strongly the phrases of the lexicon speak for each quality; each phrase counts once. */
export function lexiconScores(tokens: readonly string[]): Map<QualityCategory, number> {
  const hits = new Set<Phrase>();
  tokens.forEach((token, start) => {
    for (const phrase of phrases.get(token.slice(0, 2)) ?? []) {
      if (phrase.words.every((word, at) => fits(tokens[start + at], word))) hits.add(phrase);
    }
  });
  const scores = new Map<QualityCategory, number>();
  for (const { category, weight } of hits) {
    scores.set(category, (scores.get(category) ?? 0) + weight);
  }
  return scores;
}

function fits(token: string | undefined, word: string): boolean {
  if (token === undefined) return false;
  return word.endsWith('*') ? token.startsWith(word.slice(0, -1)) : token === word;
}
