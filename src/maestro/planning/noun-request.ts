import type { Ability } from './abilities.ts';
import type { Word } from './sentences.ts';
import { intransitive, surfaces, systemNouns } from './vocabulary.ts';

/** A list item or a topic such as "Login page" or "Password reset by mail", taken as wanted. */
export function nounAbility(words: readonly Word[]): Ability[] {
  if (!words.some(({ tags }) => tags.has('Noun') || tags.has('Verb') || tags.has('Adjective')))
    return [];
  return [
    {
      frame: { subject: null, modal: '', priority: 'must', verb: 0, form: 'noun' },
      predicate: words,
      first: 0,
      last: words.length,
      criteria: [],
    },
  ];
}

const topics = new Set([
  ...surfaces,
  ...systemNouns,
  ...intransitive,
  ...'authentication authorization registration export import integration support search upload download report reports notifications logging tests documentation preview'.split(
    ' ',
  ),
]);

/** Whether a phrase names something that software has; "hello world" does not. */
export function topicWords(words: readonly Word[]): boolean {
  const speaks = words.some(({ tags }) => tags.has('Pronoun') || tags.has('Copula'));
  return (
    words.length >= 2 && words.length <= 12 && !speaks && words.some((w) => topics.has(w.normal))
  );
}
