import adjectives from 'wink-lexicon/src/wn-adjective-exceptions.js';
import nouns from 'wink-lexicon/src/wn-noun-exceptions.js';
import verbs from 'wink-lexicon/src/wn-verb-exceptions.js';

/** The base of an irregular English form (`bought`: `buy`, `children`: `child`); else the word. */
export function regularForm(word: string): string {
  for (const forms of [verbs, nouns, adjectives]) {
    if (!Object.hasOwn(forms, word)) continue;
    const base = forms[word];
    const first = typeof base === 'string' ? base : base?.[0];
    if (first !== undefined) return first;
  }
  return word;
}
