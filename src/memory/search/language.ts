import { newStemmer } from 'snowball-stemmers';
import { dan, deu, fra, ita, nld, por, rus, spa, swe } from 'stopword';
import { stopWords as english } from '../words.ts';
import { regularForm } from './irregular-forms.ts';

/** How words of a language are brought to their stem, and which of them say nothing. */
export interface Language {
  readonly isStopWord: (word: string) => boolean;
  /** The stem of a lower-case word. */
  readonly stem: (word: string) => string;
}

/** Words remembered with their stem, for each language: stemming is slow, words repeat. */
const remembered = 50_000;

function language(
  algorithm: string,
  stopWords: Iterable<string>,
  base = (word: string) => word,
): Language {
  const stops = new Set(stopWords);
  const stemmer = newStemmer(algorithm);
  const stems = new Map<string, string>();
  return {
    isStopWord: (word) => stops.has(word),
    stem(word) {
      let stem = stems.get(word);
      if (stem === undefined) {
        // A stemmer takes time quadratic in the length, and what is so long is no word.
        stem = word.length > 40 ? word : stemmer.stem(base(word));
        if (stems.size >= remembered) stems.clear();
        stems.set(word, stem);
      }
      return stem;
    },
  };
}

/** The language of what is none of the others: code, names, short texts. */
export const englishLanguage = language('english', english, regularForm);

const others: readonly Language[] = [
  language('german', deu),
  language('french', fra),
  language('spanish', spa),
  language('portuguese', por),
  language('italian', ita),
  language('dutch', nld),
  language('swedish', swe),
  language('danish', dan),
  language('russian', rus),
];

/** Words of a text that are looked at; more say the same. */
const lookedAt = 60;

/** The language whose function words a text holds most of; English in doubt. */
export function languageOf(words: readonly string[]): Language {
  const some = words.slice(0, lookedAt);
  const hits = (candidate: Language) => some.filter((word) => candidate.isStopWord(word)).length;
  const ours = hits(englishLanguage);
  // Most texts are English: the others are counted only where English has little to say.
  if (ours * 3 > some.length) return englishLanguage;
  let best = { language: englishLanguage, count: Math.max(1, ours) };
  for (const candidate of others) {
    const count = hits(candidate);
    if (count > best.count) best = { language: candidate, count };
  }
  return best.language;
}
