import type { LessonRow } from '../storage/reflexion-store.ts';
import { contentHash } from './content-hash.ts';
import { gistOf, saysTheSame } from './sameness.ts';

type Taught = Pick<LessonRow, 'failureReason' | 'improvedApproach' | 'signature'>;

// Two steps, since one expression for both takes quadratic time on a long row of dashes.
const words = /[\w@~+.:/\\-]+/g;
/** What a word holds that names one thing of one occurrence: a digit, a slash or a dot inside. */
const particular = /\d|[/\\]|\.\w/;
/** Characters that are read of a text; gistOf reads no more either. */
const readable = 8_000;

/**
 * Whether two failures taught the same: the same way out of the same error, or out of what is told in nearly
 * the same words. A number or path of the advice that its own failure had named says nothing of the
 * advice; any other one has to be the same, as `a timeout of 30 s` is not one of 60.
 */
export function saysTheSameLesson(one: Taught, other: Taught): boolean {
  const [ours, theirs] = [adviceOf(one), adviceOf(other)];
  if (contentHash(ours) !== contentHash(theirs) && !saysTheSame(gistOf(ours), gistOf(theirs))) {
    return false;
  }
  return (
    (one.signature !== '' && one.signature === other.signature) ||
    saysTheSame(gistOf(one.failureReason), gistOf(other.failureReason))
  );
}

function adviceOf({ failureReason, improvedApproach }: Taught): string {
  const named = new Set(failureReason.slice(0, readable).match(words));
  return improvedApproach
    .slice(0, readable)
    .replace(words, (word) => (particular.test(word) && named.has(word) ? ' ' : word));
}
