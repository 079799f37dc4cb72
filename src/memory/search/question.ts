import { closest, distance } from 'fastest-levenshtein';
import { englishLanguage } from './language.ts';
import { relatedWords } from './related-words.ts';
import { analyse } from './terms.ts';
import { timeCue, type TimeCue } from './time-cue.ts';

/** One thing that is asked for, and everything that counts as mentioning it. */
export interface AskedTerm {
  readonly word: string;
  /** How much the whole counts. */
  readonly weight: number;
  /** By stem; the word's own stem counts 1. */
  readonly alternatives: ReadonlyMap<string, { readonly word: string; readonly weight: number }>;
}

export interface Question {
  readonly terms: readonly AskedTerm[];
  readonly asksWhen: boolean;
  readonly time: TimeCue | undefined;
  /** Whom it is about, when it says "I" or "you" instead of a name. */
  readonly role: 'user' | 'assistant' | undefined;
}

/** What a question is checked against. */
export interface Vocabulary {
  has(stem: string): boolean;
  isSpeaker(stem: string): boolean;
  /** Known words with the first letter of this one. */
  startingLike(word: string): readonly string[];
  /** The stem of a known word. */
  stemOf(word: string): string;
}

/** Words of a question that are read; a pasted log holds thousands. */
const maxWords = 60;
/** Words that ask more than they tell. */
const faint = new Set(
  'kind type sort name happen many long use get tell mention say'
    .split(' ')
    .map(englishLanguage.stem),
);
const faintWeight = 0.3;
/** What a word counts that is spelled nearly like the asked one. */
const misspelled = 0.6;

const when = /^\s*(?:when\b|(?:in |on |at )?(?:what|which) (?:date|day|month|year|time)\b)/i;
const aboutMe = /\b(?:I|me|my|mine|we|our|us)\b/i;
const aboutYou = /\b(?:you|your|assistant)\b/i;

/** Reads a question: what it asks for, with related English words and forgiven spelling. */
export function readQuestion(text: string, vocabulary: Vocabulary, now: Date): Question {
  const { language, terms } = analyse(text, maxWords);
  const own = new Set(terms.map(({ stem }) => stem));
  const asked = new Map<string, AskedTerm>();
  for (const { word, stem } of terms) {
    if (asked.has(stem)) continue;
    const alternatives = new Map([[stem, { word, weight: 1 }]]);
    const add = (other: string, weight: number) => {
      const known = englishLanguage.stem(other);
      if (own.has(known) || !vocabulary.has(known)) return;
      if ((alternatives.get(known)?.weight ?? 0) < weight) {
        alternatives.set(known, { word: other, weight });
      }
    };
    if (!vocabulary.isSpeaker(stem)) {
      if (language === englishLanguage) {
        for (const [other, weight] of relatedWords(word)) add(other, weight);
      }
      if (!vocabulary.has(stem) && alternatives.size === 1) {
        const near = nearlySpelled(word, vocabulary);
        if (near !== undefined) {
          alternatives.set(vocabulary.stemOf(near), { word: near, weight: misspelled });
        }
      }
    }
    asked.set(stem, { word, weight: faint.has(stem) ? faintWeight : 1, alternatives });
  }
  return {
    terms: [...asked.values()],
    asksWhen: when.test(text),
    time: timeCue(text.slice(0, 2_000), now),
    role: aboutYou.test(text) ? 'assistant' : aboutMe.test(text) ? 'user' : undefined,
  };
}

/** The known word that differs in one letter, or in two of eight or more. */
function nearlySpelled(word: string, vocabulary: Vocabulary): string | undefined {
  if (word.length < 4 || word.length > 40 || /\d/.test(word)) return undefined;
  const allowed = word.length < 8 ? 1 : 2;
  const candidates = vocabulary
    .startingLike(word)
    .filter((other) => Math.abs(other.length - word.length) <= allowed);
  if (candidates.length === 0) return undefined;
  const near = closest(word, candidates);
  return distance(word, near) <= allowed ? near : undefined;
}
