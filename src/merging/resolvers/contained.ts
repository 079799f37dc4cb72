import { asText } from '../as-text.ts';
import type { Conflict, Resolution, Resolver } from '../conflict.ts';
import { editDistance, editScript } from '../edit-script.ts';
import { mergeTokens } from '../token-merge.ts';
import { isWord, tokenTexts } from '../tokens.ts';

/**
 * One side did all that the other did, and more: it lies behind the other on a shortest way from the
 * base. Typical of a change that was picked from the other branch and went on.
 */
export const contained: Resolver = {
  name: 'contained',
  resolve({ base, left, right }: Conflict): Resolution | undefined {
    if (isBetween(base, left, right)) return { lines: right, confidence: 0.95 };
    if (isBetween(base, right, left)) return { lines: left, confidence: 0.95 };
    const [b, l, r] = [base, left, right].map(words) as [string[], string[], string[]];
    if (!l.some(isWord) || !r.some(isWord)) return undefined;
    if (isBetween(b, l, r)) return { lines: right, confidence: relays(base, left) ? 0.8 : 0.92 };
    if (isBetween(b, r, l)) return { lines: left, confidence: relays(base, right) ? 0.8 : 0.92 };
    return undefined;
  },
};

/** Whether a side has a layout of its own, which the other, with all its words, does not have. */
const relays = (base: readonly string[], side: readonly string[]) => {
  const [from, to] = [asText(base), asText(side)];
  return mergeTokens(from, to, from)?.relaid ?? true;
};

/** Of longer texts the shortest way is not known. */
const maxItems = 2_000;

const words = (lines: readonly string[]) => tokenTexts(asText(lines));

function isBetween(
  base: readonly string[],
  middle: readonly string[],
  far: readonly string[],
): boolean {
  // Deleting is not the first half of rewriting.
  if (middle.length === 0 || Math.max(base.length, far.length) > maxItems) return false;
  const whole = editDistance(base, far);
  const [first, second] = [editDistance(base, middle), editDistance(middle, far)];
  return whole === first + second && first > 0 && !rewritesWhatWasCut(base, middle, far);
}

/** Whether `far` puts something new where `middle` only took away. */
function rewritesWhatWasCut(
  base: readonly string[],
  middle: readonly string[],
  far: readonly string[],
): boolean {
  const cuts = editScript(base, middle).filter((edit) => edit.start === edit.end);
  const edits = editScript(base, far);
  return cuts.some((cut) =>
    edits.some((edit) => edit.end > edit.start && edit.from <= cut.to && cut.from <= edit.to),
  );
}
