import type { Conflict } from './conflict.ts';
import { asText } from './as-text.ts';
import { isWord, tokenTexts } from './tokens.ts';

/**
 * Signs that a side's edit would have to be made once more in what the other side wrote, so that
 * both edits side by side are half of the work: the other side has new uses of a name that this one
 * removed, or new copies of the code that this one changed.
 */
export function areDependent({ base, left, right }: Conflict): boolean {
  const [b, l, r] = [base, left, right].map((lines) => tokenTexts(asText(lines))) as [
    string[],
    string[],
    string[],
  ];
  return [1, copied].some((length) => spreads(b, l, r, length) || spreads(b, r, l, length));
}

/** So many tokens in a row are a copy, and no coincidence. */
const copied = 3;

/** Whether `other` has more of what `side` has less of (of a single word: no more at all). */
function spreads(
  base: readonly string[],
  side: readonly string[],
  other: readonly string[],
  length: number,
): boolean {
  const [b, s, o] = [base, side, other].map((tokens) => sequences(tokens, length)) as [
    ReadonlyMap<string, number>,
    ReadonlyMap<string, number>,
    ReadonlyMap<string, number>,
  ];
  for (const [sequence, times] of b) {
    if (length === 1 && (!isWord(sequence) || s.has(sequence))) continue;
    if ((s.get(sequence) ?? 0) < times && (o.get(sequence) ?? 0) > times) return true;
  }
  return false;
}

function sequences(tokens: readonly string[], length: number): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (let i = 0; i + length <= tokens.length; i++) {
    const sequence = tokens.slice(i, i + length).join(' ');
    counts.set(sequence, (counts.get(sequence) ?? 0) + 1);
  }
  return counts;
}
