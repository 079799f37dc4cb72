import type { LessonRow } from '../storage/reflexion-store.ts';
import { contentHash } from './content-hash.ts';
import { gistOf, saysTheSame } from './sameness.ts';

type Taught = Pick<LessonRow, 'failureReason' | 'improvedApproach' | 'signature'>;

/** A word that names one thing of one occurrence: it holds a digit, a slash or a dot inside. */
const particular = /[\w@~+.:/\\-]*(?:\d|[/\\]|\.\w)[\w@~+.:/\\-]*/g;

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

const adviceOf = ({ failureReason, improvedApproach }: Taught) =>
  improvedApproach.replace(particular, (word) => (failureReason.includes(word) ? ' ' : word));
