import type { Ability } from './abilities.ts';
import { plural, type Word } from './sentences.ts';
import {
  objectPronouns,
  personPronouns,
  thingPronouns,
  determiners,
  subordinators,
} from './vocabulary.ts';

/** What pronouns stand for, as far as the text has come. */
export interface Antecedents {
  readonly people?: string;
  readonly thing?: string;
  readonly object?: string;
}

const maxTitleLength = 140;
/** What ends the title of a user story: it says what, the text says why. */
const reason = /^(?:so|because|since)$/;

/** A sentence of its own for one ability, its pronouns replaced by what they stand for. */
export function requirementTitle(ability: Ability, context: Antecedents): string {
  const { frame } = ability;
  const subject = subjectOf(ability, context);
  const stop =
    frame.role === undefined
      ? -1
      : ability.predicate.findIndex(({ normal }) => reason.test(normal));
  const predicate = stop > 0 ? ability.predicate.slice(0, stop) : ability.predicate;
  const words = predicate.map((word, index) => {
    // Only right after the verb does "them" surely mean what the sentence before was about.
    // In a command ("Deploy it") "it" may as well be the whole product, so it stays.
    const clear = frame.form !== 'command' || word.normal !== 'it';
    const replace =
      clear && index <= 2 && objectPronouns.has(word.normal) && context.object !== undefined;
    return replace ? context.object : printed(word, index === predicate.length - 1);
  });
  const sentence = [subject, frame.modal, ...words].filter((part) => part !== '').join(' ');
  return clip(capitalised(sentence.replace(/\blogin\b(?! [a-z])/i, 'log in')));
}

/** Who or what does it, in words fit for a title; empty for a command. */
function subjectOf({ frame }: Ability, context: Antecedents): string {
  if (frame.role !== undefined) {
    const last = frame.role.split(' ').at(-1) ?? '';
    return capitalised(frame.role.slice(0, frame.role.length - last.length) + plural(last));
  }
  if (!frame.subject) return '';
  const only = frame.subject.length === 1 ? frame.subject[0]?.normal : undefined;
  if (only !== undefined && personPronouns.has(only)) return context.people ?? 'Users';
  if (only !== undefined && thingPronouns.has(only)) return context.thing ?? 'The system';
  return frame.subject
    .map((word, index) => printed(word, index + 1 === frame.subject?.length))
    .join(' ');
}

/** Remembers what later pronouns can stand for. */
export function rememberAntecedents(ability: Ability, context: Antecedents): Antecedents {
  const subject = subjectOf(ability, context);
  const head = ability.frame.subject?.findLast(({ tags }) => tags.has('Noun'));
  const people =
    ability.frame.role !== undefined || head?.tags.has('Actor') || head?.tags.has('Plural');
  const object = objectWords(ability.predicate)
    .map(({ text }) => text)
    .join(' ')
    .toLowerCase();
  return {
    ...context,
    ...(subject !== '' && !isPronoun(head) && (people ? { people: subject } : { thing: subject })),
    ...(object !== '' && { object }),
  };
}

const isPronoun = (word: Word | undefined): boolean =>
  word !== undefined && (personPronouns.has(word.normal) || thingPronouns.has(word.normal));

/** The noun phrase right after the verb, without determiners: "all notes by a word" → "notes". */
export function objectWords(predicate: readonly Word[]): Word[] {
  const found: Word[] = [];
  for (const word of predicate.slice(1)) {
    const skipped =
      determiners.has(word.normal) || word.tags.has('Particle') || word.tags.has('Adverb');
    if (skipped && found.length === 0) continue;
    const ends =
      word.tags.has('Preposition') ||
      word.tags.has('Conjunction') ||
      word.tags.has('Pronoun') ||
      word.tags.has('Determiner') ||
      word.tags.has('Modal') ||
      subordinators.has(word.normal) ||
      (found.length > 0 && word.tags.has('Verb'));
    if (ends) break;
    found.push(word);
    if (word.pause) break;
  }
  while (found.length > 0 && /^(?:Value|Adverb|Adjective)$/.test(nonNoun(found.at(-1))))
    found.pop();
  return found;
}

const nonNoun = (word: Word | undefined): string =>
  word && !word.tags.has('Noun')
    ? (['Value', 'Adverb', 'Adjective'].find((tag) => word.tags.has(tag)) ?? '')
    : '';

const printed = (word: Word, last: boolean): string => word.text + (word.pause && !last ? ',' : '');

const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** Cuts at a word. */
export function clip(title: string, length = maxTitleLength): string {
  if (title.length <= length) return title;
  const space = title.lastIndexOf(' ', length - 1);
  return `${title.slice(0, space > length / 2 ? space : length - 1)}…`;
}
