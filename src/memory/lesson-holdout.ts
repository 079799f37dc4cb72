import { createHash } from 'node:crypto';

/**
 * Whether a lesson is withheld from an attempt, so that what it does can be told from attempts that
 * did without. Decided by a hash of both: the same attempt is always answered the same, and every
 * lesson draws its own lot.
 *
 * @param share of attempts without the lesson, 0 to 1
 */
export function isWithheld(attempt: string, lessonId: string, share: number): boolean {
  const lot = createHash('sha256').update(`${attempt}\n${lessonId}`).digest().readUInt32BE(0);
  return lot < share * 2 ** 32;
}
