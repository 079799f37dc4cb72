/** A word, number, version or punctuation mark, with the white space before it. */
export interface Token {
  readonly text: string;
  readonly gap: string;
}

export interface TokenText {
  readonly tokens: readonly Token[];
  /** White space after the last token. */
  readonly tail: string;
}

/**
 * Versions, dates and addresses such as `1.4.2-SNAPSHOT` are one token: half of each side's version
 * is nobody's. Operators of several characters are one too, so that none is put together from parts.
 */
const pattern =
  /\d+(?:\.\d+)+(?:[-.+]?[A-Za-z][\w.-]*\w|[-+]\w+)?|[\p{L}\p{N}_$]+|[=!<>]=+|[-=]>|&&|\|\||\+\+|--|::|[+\-*/|&^%]=|\/\/|\/\*|\*\/|<!--|-->|\.{3}|<\/|\/>|[^\s]/gu;
/** Strings of one line, in quotes that open where no word ends. */
const string = /(?<![\p{L}\p{N}])(?:"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')/u;
const withStrings = new RegExp(`${string.source}|${pattern.source}`, 'gu');

/** @param wholeStrings takes a quoted string as one token, instead of its words */
export function tokenise(text: string, wholeStrings = false): TokenText {
  const tokens: Token[] = [];
  let end = 0;
  for (const match of text.matchAll(wholeStrings ? withStrings : pattern)) {
    tokens.push({ text: match[0], gap: text.slice(end, match.index) });
    end = match.index + match[0].length;
  }
  return { tokens, tail: text.slice(end) };
}

/** Words, numbers and signs, without the space between them. */
export const tokenTexts = (text: string): string[] =>
  tokenise(text).tokens.map((each) => each.text);

export const isWord = (text: string): boolean => /[\p{L}\p{N}]/u.test(text);
