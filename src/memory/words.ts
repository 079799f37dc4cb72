/** English function words: they say nothing of what a text is about. */
const stopWords = new Set(
  `a about after all also am an and any are as at be because been before being but by can could did
  do does doing for from had has have having he her here him his how i if in into is it its just me
  more most my no nor not of off on once only or other our out over own she should so some such than
  that the their them then there these they this those through to too under until up us very was we
  were what when where which while who whom why will with would you your`.split(/\s+/),
);

/** Where an identifier has its seams: lower|Upper, ACRONYM|Word, letter|digit and `_`. */
const seams = /(?<=\p{Ll})(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})|_+/u;

/** The words of a text, in order, each with the parts of compound identifiers after it. */
export function wordsOf(text: string): string[] {
  const words: string[] = [];
  for (const token of text.normalize('NFKC').match(/[\p{L}\p{N}_]+/gu) ?? []) {
    const parts = token.split(seams).filter(Boolean);
    words.push(token.toLowerCase());
    if (parts.length > 1) words.push(...parts.map((part) => part.toLowerCase()));
  }
  return words;
}

/** The distinct words that carry meaning, in order of appearance, at most `limit`. */
export function telling(words: readonly string[], limit: number): string[] {
  const distinct = new Set<string>();
  for (const word of words) {
    if (distinct.size === limit) break;
    if (word.length > 1 && word.length <= 100 && !stopWords.has(word)) distinct.add(word);
  }
  return [...distinct];
}

/** The parts of the compound identifiers in a text, for full-text parsers that do not split them. */
export function identifierParts(text: string): string[] {
  const parts = new Set<string>();
  for (const token of text.match(/[\p{L}\p{N}_]+/gu) ?? []) {
    const split = token.split(seams).filter((part) => part.length > 1);
    if (split.length > 1) for (const part of split) parts.add(part.toLowerCase());
  }
  return [...parts];
}
