import type { Word } from './sentences.ts';
import { granting, openers } from './vocabulary.ts';

export type Priority = 'must' | 'should' | 'could';

/** How a sentence asks for something: who shall be able to do it, and where the doing starts. */
export interface Frame {
  /** Words of the subject; null when the sentence is a command ("Add …") or a bare noun. */
  readonly subject: readonly Word[] | null;
  /** As it reads in a title: "can", "must", "must not". */
  readonly modal: string;
  readonly priority: Priority;
  /** Index of the verb, or of the first word of what is wanted. */
  readonly verb: number;
  readonly form: 'modal' | 'command' | 'statement' | 'noun';
  /** A role given apart, as in a user story. */
  readonly role?: string;
}

export const isVerb = (word: Word | undefined): boolean =>
  word !== undefined && word.tags.has('Verb') && !word.tags.has('Modal');
export const isInfinitive = (word: Word | undefined): boolean =>
  word !== undefined && (word.tags.has('Infinitive') || word.tags.has('Imperative'));

export const isNegation = ({ normal, tags }: Word): boolean =>
  tags.has('Negative') || normal === 'not';

export function skipOpeners(words: readonly Word[], from: number): number {
  let index = from;
  while (index < words.length - 1 && openers.has(words[index]?.normal ?? '')) index++;
  return index;
}

/** Steps over "be able to", "not", "also": to the verb itself. */
export function skipAble(words: readonly Word[], from: number): number {
  let index = from;
  const at = (offset: number) => words[index + offset]?.normal;
  if (at(0) === 'be' && /^(?:able|allowed|permitted)$/.test(at(1) ?? '') && at(2) === 'to')
    index += 3;
  while (
    words[index] &&
    !isVerb(words[index]) &&
    (words[index]?.tags.has('Adverb') || isNegation(words[index] as Word))
  ) {
    index++;
  }
  return index;
}

/** "allow admins to export …", "let people book …": the ability is what is asked for. */
export function grant(words: readonly Word[], verb: number): Omit<Frame, 'priority'> | undefined {
  if (!granting.has(words[verb]?.normal.replace(/s$/, '') ?? '')) return undefined;
  const doing = words.findIndex(
    (word, index) =>
      index > verb + 1 && isVerb(word) && !word.tags.has('Gerund') && !word.tags.has('PastTense'),
  );
  if (doing === -1 || doing - verb > 9) return undefined;
  const to = words[doing - 1]?.normal === 'to' ? doing - 1 : doing;
  const subject = words.slice(verb + 1, to);
  if (subject.length === 0) return undefined;
  return { subject, modal: 'can', verb: skipAble(words, doing), form: 'modal' };
}
