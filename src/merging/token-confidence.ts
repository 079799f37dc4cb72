import type { Conflict } from './conflict.ts';
import type { TokenMerge } from './token-merge.ts';

/** How far to trust that developers wanted both sides' words; what lowers it is what made it wrong. */
export function tokenConfidence(
  { separation, alternations, kept, cut, added, relaid, torn, split, apart }: TokenMerge,
  { reformatted }: Conflict,
): number {
  let confidence = 0.96;
  // Two edits that only punctuation separates, or that are of one expression, are often two answers
  // to one question.
  if (separation === 0) confidence -= alternations > 1 ? 0.08 : 0.04;
  if (separation <= 1 && !apart) confidence -= 0.08;
  // A side that rewrote the place has left nothing for the other's edit to apply to.
  if (Math.min(kept.left, kept.right) < 0.6) confidence -= 0.08;
  // Words that one side throws away and the other edits around.
  if (Math.max(cut.left, cut.right) > 12) confidence -= 0.08;
  // Edits woven into each other depend on each other.
  if (alternations > 3) confidence -= 0.04;
  if (added > 80) confidence -= 0.04;
  // Which of two lines an addition belongs to is open.
  if (torn) confidence -= 0.08;
  // Words that were paired with those of another line.
  if (split) confidence -= 0.08;
  // Of a stray new layout and new words, developers take one side as it is about as often as both.
  if (relaid.left && !reformatted.left) confidence -= 0.12;
  if (relaid.right && !reformatted.right) confidence -= 0.12;
  return confidence;
}
