import type { Requirement } from '../../domain/requirement.ts';
import { abilities } from './abilities.ts';
import { isAuthentication } from './authentication.ts';
import { frame } from './frame.ts';
import { objectWords } from './requirement-title.ts';
import { infinitive, singular, words, type Word } from './sentences.ts';
import { determiners, visibleWords } from './vocabulary.ts';

/** What a requirement is about, as far as rules can tell. */
export interface Facets {
  /** Who does it: "users". */
  readonly subject: string;
  /** "create", "log-in", "limit". */
  readonly action: string;
  /** "note", "order-history"; undefined when nothing is named. */
  readonly object: string | undefined;
  /** "a title and a body" of "notes with a title and a body". */
  readonly attributes: readonly string[];
  /** What it is sorted, filtered or searched by. */
  readonly by: readonly string[];
  /** It speaks of something that people see. */
  readonly visible: boolean;
  /** Every word, verbs as infinitives and nouns in the singular. */
  readonly vocabulary: ReadonlySet<string>;
}

const limiting =
  /\b(?:at most|at least|no more than|no longer than|maximum|minimum|up to|between|unique|required|mandatory|empty|not be)\b/i;

/** Reads the facets of a requirement from its title, and from its text where the title is a name. */
export function readFacets(requirement: Requirement): Facets {
  const all = words(requirement.title);
  const said =
    `${requirement.title} ${requirement.text ?? ''}`.toLowerCase().match(/\p{L}+/gu) ?? [];
  const visible = said.some(
    (word) => visibleWords.has(word) || visibleWords.has(word.replace(/s$/, '')),
  );
  const vocabulary = new Set(all.flatMap(forms));
  const base = { visible, vocabulary, attributes: [], by: [] };
  if (isAuthentication(requirement.title)) {
    return { ...base, subject: 'users', action: 'login', object: 'user' };
  }
  const found = frame(all);
  const predicate = found ? (abilities(all, found)[0]?.predicate ?? all) : wishedPredicate(all);
  const subject =
    found?.subject
      ?.map(({ text }) => text)
      .join(' ')
      .toLowerCase() ?? 'users';
  const verb = predicate?.[0];
  if (!predicate || !verb?.tags.has('Verb') || found?.form === 'noun') {
    const named = nounPhrase(all);
    return { ...base, subject, action: 'provide', object: named };
  }
  const attributes = namesAfter(predicate, /^(?:with|including|containing|having)$/);
  const by = namesAfter(predicate, /^(?:by|per)$/);
  if (/^(?:be|is|are|have|has|contain|contains|use|uses)$/.test(verb.normal)) {
    const participle = predicate
      .slice(1, 4)
      .find(({ tags }) => tags.has('PastTense') || tags.has('Participle'));
    const object = nounPhrase(found?.subject ?? []);
    const passive = participle && /^(?:be|is|are)$/.test(verb.normal);
    const action = passive
      ? infinitive(participle.normal)
      : limiting.test(requirement.title)
        ? 'limit'
        : 'ensure';
    return { ...base, subject, action: slug(action), object, attributes: [], by };
  }
  const particle = predicate[1]?.tags.has('Particle') ? ` ${predicate[1].normal}` : '';
  const object = nounPhrase(objectWords(predicate)) ?? afterPreposition(predicate);
  return {
    ...base,
    subject,
    action: slug(infinitive(verb.normal) + particle),
    object,
    attributes,
    by,
  };
}

/** "a button to print invoices": what is wished for is to print. */
function wishedPredicate(all: readonly Word[]): readonly Word[] | undefined {
  const to = all.findIndex(
    ({ normal }, at) => normal === 'to' && all[at + 1]?.tags.has('Infinitive'),
  );
  return to === -1 ? undefined : all.slice(to + 1);
}

function afterPreposition(predicate: readonly Word[]): string | undefined {
  const at = predicate.findIndex(({ tags }) => tags.has('Preposition'));
  return at === -1 ? undefined : nounPhrase(objectWords(predicate.slice(at)));
}

/** The nouns of a phrase, the last one in the singular: "order histories" → "order-history". */
function nounPhrase(phrase: readonly Word[]): string | undefined {
  const end = phrase.findIndex(
    ({ tags, normal }, at) =>
      at > 0 &&
      (tags.has('Preposition') ||
        tags.has('Conjunction') ||
        normal === 'that' ||
        normal === 'which'),
  );
  const named = (end === -1 ? phrase : phrase.slice(0, end))
    .filter(
      ({ normal, tags }) => !determiners.has(normal) && !tags.has('Value') && !tags.has('Pronoun'),
    )
    .filter(({ tags }, at, kept) => at === kept.length - 1 || !tags.has('Adjective'))
    .slice(-2)
    .map(({ normal }) => normal);
  const last = named.pop();
  if (last === undefined) return undefined;
  const phraseSlug = slug([...named, singular(last)].join(' '));
  return phraseSlug === '' ? undefined : phraseSlug;
}

function namesAfter(predicate: readonly Word[], preposition: RegExp): string[] {
  const at = predicate.findIndex(({ normal }) => preposition.test(normal));
  if (at === -1) return [];
  const names: string[] = [];
  for (const word of predicate.slice(at + 1)) {
    if (word.tags.has('Preposition') || word.tags.has('Modal')) break;
    if (word.tags.has('Noun') && !word.tags.has('Pronoun')) names.push(slug(singular(word.normal)));
  }
  return names.filter((name) => name !== '');
}

function forms({ normal, tags }: Word): string[] {
  if (normal === '') return [];
  if (tags.has('Verb')) return [normal, infinitive(normal)];
  return tags.has('Noun') ? [normal, slug(singular(normal))] : [normal];
}

/** Letters, digits and "-", fit for a task id. */
export function slug(text: string): string {
  return text
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 40)
    .replace(/-+$/, '');
}
