/** Lines of the diff that are shown before a line, and after it. */
const [before, after] = [30, 5];

/**
 * The part of a file's unified diff around a line of its new version.
 *
 * @returns null when the diff does not show that line
 */
export function hunkAround(diff: string, line: number): string | null {
  const lines = diff.split('\n');
  let current = 0;
  let start = 0;
  for (const [at, text] of lines.entries()) {
    const header = /^@@ -\d+(?:,\d+)? \+(\d+)/.exec(text);
    if (header !== null) {
      current = Number(header[1]);
      start = at;
    } else if (!text.startsWith('-') && !text.startsWith('\\')) {
      if (current === line) {
        const next = lines.findIndex((each, index) => index > at && each.startsWith('@@ '));
        const end = Math.min(at + after + 1, next === -1 ? lines.length : next);
        return lines.slice(Math.max(start, at - before), end).join('\n');
      }
      current++;
    }
  }
  return null;
}
