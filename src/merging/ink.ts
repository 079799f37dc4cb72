/** What is left of a text without its layout. */
export const ink = (lines: readonly string[]): string => lines.join('').replace(/\s+/g, '');
