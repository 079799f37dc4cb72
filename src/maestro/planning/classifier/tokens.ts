/**
 * Words of a text in lower case. Numbers become "#", so that "200 ms" and "5 seconds" meet the same
 * phrases; "%" is a word.
 */
export function tokens(text: string): string[] {
  const found = text.toLowerCase().match(/\d+(?:[.,:/]\d+)*|%|\p{L}+(?:[-'’]\p{L}+)*/gu) ?? [];
  return found.map((token) => (/^\d/.test(token) ? '#' : token));
}
