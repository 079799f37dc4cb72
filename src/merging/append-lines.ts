/** Adds lines to others. Not by `push(...lines)`, which has room for about 100,000. */
export function appendLines(lines: string[], more: readonly string[]): void {
  for (const line of more) lines.push(line);
}
