/**
 * JSON lists end without a comma, so that two sides that each add a last entry both change the one
 * before it. Lines are merged without their commas, and get them back by where they stand.
 */
export const isCommaSeparated = (path: string): boolean =>
  /\.(json|webmanifest)$/.test(path) || /(^|\/)\.(babelrc|eslintrc)$/.test(path);

export const withoutCommas = (lines: readonly string[]): readonly string[] =>
  lines.map((line) => line.replace(/,\s*$/, ''));

/** Puts a comma after every line that ends a value and is followed by another one. */
export function withCommas(lines: readonly string[]): readonly string[] {
  let next = '';
  return lines
    .toReversed()
    .map((line) => {
      const trimmed = line.trim();
      if (trimmed === '') return line;
      const opens = /[{[:]$/.test(trimmed);
      const comma = next !== '' && !opens && !/^[}\]]/.test(next) ? ',' : '';
      next = trimmed;
      return line.trimEnd() + comma;
    })
    .toReversed();
}

/** Whether the lines come back as they were: not so with comments, or several values in a line. */
export function survivesCommas(lines: readonly string[]): boolean {
  const back = withCommas(withoutCommas(lines));
  return lines.every((line, index) => line.trimEnd() === back[index]?.trimEnd());
}
