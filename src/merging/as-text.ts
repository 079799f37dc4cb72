/** Every line with its line start, so that the first one's indentation is seen as one too. */
export const asText = (lines: readonly string[]): string =>
  lines.map((line) => `\n${line}`).join('');

export const asLines = (text: string): readonly string[] =>
  text === '' ? [] : text.replace(/^\n/, '').split('\n');
