/** English function words: they say nothing of what a text is about. */
export const stopWords: ReadonlySet<string> = new Set(
  `a about above after again against all also am an and any are aren as at be because been before
  being below between both but by can could couldn d did didn do does doesn doing don done down during
  each else ever few for from further had hadn haha has hasn have haven having he hello her here hers
  herself hey hi him himself his how i if in into is isn it its itself just let like ll me might more
  most much must my myself no nor not now of off oh ok okay on once one only or other our ours
  ourselves out over own re really s same she should shouldn so some such sure t than thank thanks that
  the their theirs them themselves then there these they this those though through to too under until
  up upon us ve very was wasn we well were weren what when where whether which while who whom whose why
  will with won would wouldn wow yeah yes yet you your yours yourself yourselves`.split(/\s+/),
);

/** Where an identifier has its seams: lower|Upper, ACRONYM|Word, letter|digit and `_`. */
const seams = /(?<=\p{Ll})(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})|_+/u;

/** The words of a text, in order, each with the parts of compound identifiers after it. */
export function wordsOf(text: string): string[] {
  const words: string[] = [];
  for (const token of text.normalize('NFKC').match(/[\p{L}\p{M}\p{N}_]+/gu) ?? []) {
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
  for (const token of text.match(/[\p{L}\p{M}\p{N}_]+/gu) ?? []) {
    const split = token.split(seams).filter((part) => part.length > 1);
    if (split.length > 1) for (const part of split) parts.add(part.toLowerCase());
  }
  return [...parts];
}
