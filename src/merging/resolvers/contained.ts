import { asText } from '../as-text.ts';
import { withoutComments } from '../comments.ts';
import type { Conflict, Resolution, Resolver } from '../conflict.ts';
import { editDistance, editScript } from '../edit-script.ts';
import { ink } from '../ink.ts';
import { mergeTokens } from '../token-merge.ts';
import { isWord, tokenTexts } from '../tokens.ts';

/**
 * One side did all that the other did, and more: it lies behind the other on a shortest way from the
 * base. Typical of a change that was picked from the other branch and went on.
 */
export const contained: Resolver = {
  name: 'contained',
  resolve(conflict: Conflict): Resolution | undefined {
    const { left, right } = conflict;
    // Of two layouts of the same words nothing says which one stays.
    if (ink(left) === ink(right)) return { lines: right, confidence: 0.8 };
    return goesOn(conflict, 'left', 'right') ?? goesOn(conflict, 'right', 'left');
  },
};

type Side = 'left' | 'right';

/** The far side, where it did all that the near side did. */
function goesOn(conflict: Conflict, near: Side, far: Side): Resolution | undefined {
  const { base, [near]: middle, [far]: lines } = conflict;
  const trusted = (confidence: number) => (isLittle(conflict, middle, lines) ? 0.8 : confidence);
  if (isBetween(base, middle, lines)) return { lines, confidence: trusted(0.95) };
  if (!middle.some(isWord) || !lines.some(isWord)) return undefined;
  if (!isBetween(words(base), words(middle), words(lines))) return undefined;
  const isLaidOut = relays(base, middle) && relays(middle, lines);
  return { lines, confidence: isLaidOut ? 0.8 : trusted(0.92) };
}

/**
 * Signs that one side's work does not go on in the other's: it shares no more than comments, all that
 * is left to do is a comment on code, or what it still works on was thrown away.
 */
function isLittle({ path, base }: Conflict, middle: readonly string[], far: readonly string[]) {
  if (far.length === 0) return true;
  const code = (lines: readonly string[]) => ink([withoutComments(path, lines.join('\n'))]);
  if (base.length === 0 && !isWord(code(middle))) return true;
  return code(middle) === code(far) && isWord(code(middle));
}

/** Whether the words that two texts share are laid out anew in the second one. */
const relays = (from: readonly string[], to: readonly string[]) => {
  const [one, other] = [asText(from), asText(to)];
  return mergeTokens(one, other, one)?.relaid.left ?? true;
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
