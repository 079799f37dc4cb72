import type { Word } from './sentences.ts';
import {
  isInfinitive,
  isNegation,
  isVerb,
  skipAble,
  type Frame,
  type Priority,
} from './frame-parts.ts';
import { speakers, wanting } from './vocabulary.ts';

/** "We need users to upload photos", "I would like a dashboard", "Users need to …" */
export function wish(words: readonly Word[], start: number): Frame | undefined {
  const verb = words.findIndex(
    ({ normal, tags }, index) =>
      index > start &&
      index < start + 6 &&
      wanting.has(normal.replace(/s$/, '')) &&
      !tags.has('Noun'),
  );
  if (verb === -1) return undefined;
  const subject = words.slice(start, verb).filter(({ tags }) => !tags.has('Modal'));
  if (words.slice(start, verb).some((word) => isVerb(word) || isNegation(word))) return undefined;
  const spoken = speakers.has(subject[0]?.normal ?? '');
  const wishes =
    words[verb]?.normal.startsWith('need') || words[verb]?.normal.startsWith('require');
  const priority: Priority = wishes ? 'must' : 'should';
  if (!spoken) {
    if (words[verb + 1]?.normal !== 'to' || !isVerb(words[skipAble(words, verb + 2)]))
      return undefined;
    return { subject, modal: 'can', priority, verb: skipAble(words, verb + 2), form: 'modal' };
  }
  const to = words.findIndex(({ normal }, index) => index > verb && normal === 'to');
  const target = to === -1 ? -1 : skipAble(words, to + 1);
  if (to === verb + 1) {
    const done = words[target];
    if (!done) return undefined;
    if (done.normal === 'have' && target + 1 < words.length) {
      return { subject: null, modal: '', priority, verb: target + 1, form: 'noun' };
    }
    return { subject: null, modal: '', priority, verb: target, form: 'command' };
  }
  const between = words.slice(verb + 1, to === -1 ? verb + 1 : to);
  if (to !== -1 && to - verb <= 5 && isInfinitive(words[target]) && between.every(isNominal)) {
    // "a button to print": the thing is wanted; "the users to print": the ability is.
    const article = /^an?$/.test(between[0]?.normal ?? '');
    if (!article) return { subject: between, modal: 'can', priority, verb: target, form: 'modal' };
  }
  if (verb + 1 >= words.length) return undefined;
  return { subject: null, modal: '', priority, verb: verb + 1, form: 'noun' };
}

const isNominal = ({ tags }: Word): boolean =>
  tags.has('Noun') || tags.has('Determiner') || tags.has('Adjective');
