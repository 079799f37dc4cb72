import { wordsOf } from '../words.ts';
import { languageOf, type Language } from './language.ts';

/** Scripts that do not put spaces between words: their words are searched as pairs of letters. */
const unspaced = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u;

/** A word of a text, and what it is found by. */
export interface Term {
  readonly word: string;
  readonly stem: string;
}

export interface AnalysedText {
  readonly language: Language;
  /** In order, without stop words. */
  readonly terms: readonly Term[];
}

/**
 * What a text is found by: its words without regard to case, accents and inflection, compound
 * identifiers and their parts, for Chinese, Japanese and Thai pairs of letters.
 *
 * @param limit words that are read
 */
export function analyse(text: string, limit = 2_000): AnalysedText {
  const words = wordsOf(text.slice(0, limit * 20)).slice(0, limit);
  const language = languageOf(words);
  const terms: Term[] = [];
  for (const word of words) {
    if (word.length > 100 || language.isStopWord(word)) continue;
    if (unspaced.test(word)) {
      for (const pair of pairs(word)) terms.push({ word: pair, stem: pair });
    } else {
      terms.push({ word, stem: withoutAccents(language.stem(word)) });
    }
  }
  return { language, terms };
}

const withoutAccents = (text: string): string =>
  /[^\0-\x7f]/.test(text) ? text.normalize('NFD').replace(/[\u0300-\u036f]/g, '') : text;

function pairs(word: string): string[] {
  const letters = [...word];
  if (letters.length < 2) return [word];
  return letters.slice(1).map((letter, i) => `${letters[i]}${letter}`);
}
