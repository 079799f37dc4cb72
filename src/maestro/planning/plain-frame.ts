import type { Word } from './sentences.ts';
import { grant, isInfinitive, isVerb, type Frame } from './frame-parts.ts';
import { describing, personPronouns, speakers, systemNouns, thingPronouns } from './vocabulary.ts';

/** "Add dark mode", "Allow admins to export invoices". */
export function command(words: readonly Word[], start: number): Frame | undefined {
  const first = words[start];
  if (!first || !isInfinitive(first) || words.length - start < 2) return undefined;
  if (words[start + 1]?.tags.has('Modal')) return undefined;
  const granted = grant(words, start);
  if (granted) return { ...granted, priority: 'must' };
  return { subject: null, modal: '', priority: 'must', verb: start, form: 'command' };
}

/** "The system sends a mail …", "Users log in with …": a description that is meant as a demand. */
export function statement(words: readonly Word[], start: number): Frame | undefined {
  const verb = words.findIndex(
    ({ tags }, index) => index > start && tags.has('PresentTense') && !tags.has('Gerund'),
  );
  if (verb === -1 || verb - start > 5) return undefined;
  const subject = words.slice(start, verb).filter(({ tags }) => !tags.has('Adverb'));
  const head = subject.findLast(({ tags }) => tags.has('Noun'));
  if (
    !head ||
    subject.some(
      (word) => isVerb(word) || speakers.has(word.normal) || /^(?:our|my)$/.test(word.normal),
    )
  ) {
    return undefined;
  }
  const action = words[verb]?.normal ?? '';
  const passive =
    words[verb]?.tags.has('Copula') &&
    words
      .slice(verb + 1, verb + 4)
      .some(({ tags }) => tags.has('PastTense') || tags.has('Participle'));
  if (passive && !systemNouns.has(head.normal) && !isIndefinite(head)) {
    return { subject, modal: '', priority: 'must', verb, form: 'statement' };
  }
  const known =
    systemNouns.has(head.normal) ||
    head.tags.has('Actor') ||
    head.tags.has('Plural') ||
    personPronouns.has(head.normal);
  if (!known || thingPronouns.has(head.normal)) return undefined;
  const granted = grant(words, verb);
  if (granted) return { ...granted, priority: 'must' };
  if (isDescribing(action) || words[verb]?.tags.has('Copula')) return undefined;
  return { subject, modal: '', priority: 'must', verb, form: 'statement' };
}

const isIndefinite = ({ normal }: Word): boolean =>
  /^(?:any|every|some|no)(?:thing|one|body)$/.test(normal) || thingPronouns.has(normal);

const isDescribing = (verb: string): boolean =>
  describing.has(verb) || describing.has(verb.replace(/s$/, '')) || verb === 'has';
