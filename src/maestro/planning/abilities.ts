import { grant, isVerb, type Frame } from './frame-parts.ts';
import { frame } from './frame.ts';
import { canBeVerb, type Word } from './sentences.ts';
import { conjunctions, determiners, intransitive, speakers, subordinators } from './vocabulary.ts';

/** One thing that a sentence asks for. A compound sentence holds several. */
export interface Ability {
  readonly frame: Frame;
  /** The verb and all that belongs to it: what is done, to what, under which condition. */
  readonly predicate: readonly Word[];
  /** Words of the sentence that this ability was read from: [first, last). */
  readonly first: number;
  readonly last: number;
  /** Clauses of the same sentence that say how it is to be judged: [first, last). */
  readonly criteria: readonly (readonly [number, number])[];
}

/** Reads the separate abilities out of one sentence: "users can log in and reset their password". */
export function abilities(words: readonly Word[], given?: Frame): Ability[] {
  const found: Ability[] = [];
  let from = 0;
  let current = given ?? frame(words);
  while (current) {
    const next = nextClause(words, current.verb);
    const last = next?.at ?? words.length;
    const criteria: (readonly [number, number])[] = [];
    let following: Frame | undefined;
    if (next) {
      following = frame(words, next.clause);
      if (!following || following.form !== 'modal') {
        criteria.push([next.clause, words.length]);
        following = undefined;
      }
    }
    found.push(...split(words, current, from, last, criteria));
    if (!following || !next) break;
    from = next.clause;
    current = following;
  }
  return found;
}

/** Where a further clause with a subject of its own starts: "…, and anything longer is refused". */
function nextClause(
  words: readonly Word[],
  verb: number,
): { readonly at: number; readonly clause: number } | undefined {
  for (let index = verb + 1; index < words.length - 2; index++) {
    if (!conjunctions.has(words[index]?.normal ?? '') && words[index]?.normal !== 'but') continue;
    if (subordinated(words, verb, index) && !words[index - 1]?.pause) continue;
    const clause = index + 1;
    const start = words[clause] as Word;
    if (isVerb(start) || !(start.tags.has('Noun') || start.tags.has('Determiner'))) continue;
    const finite = words.findIndex(
      ({ tags }, at) => at > clause && (tags.has('Modal') || tags.has('Copula')),
    );
    if (finite === -1 || finite - clause > 4) continue;
    const between = words.slice(clause, finite);
    if (between.some((word) => isVerb(word) || subordinators.has(word.normal) || word.pause))
      continue;
    if (words[finite]?.tags.has('Modal') || words[index - 1]?.pause) return { at: index, clause };
  }
  return undefined;
}

const subordinated = (words: readonly Word[], from: number, to: number): boolean =>
  words.slice(from + 1, to).some(({ normal }) => subordinators.has(normal));

/** Splits one clause at coordinated verbs: "create, edit and delete notes". */
function split(
  words: readonly Word[],
  frame: Frame,
  from: number,
  last: number,
  criteria: Ability['criteria'],
): Ability[] {
  // "must never store or log passwords" and "a list and a form" are one thing each.
  const whole = frame.form === 'noun' || /(?:not|never)$/.test(frame.modal);
  const verbs = whole ? [] : coordinated(words, frame, last);
  if (verbs.length === 0) {
    return [{ frame, predicate: words.slice(frame.verb, last), first: from, last, criteria }];
  }
  const starts = [frame.verb, ...verbs.map(({ verb }) => verb)];
  const ends = [...verbs.map(({ conjunction }) => conjunction), last];
  return starts.map((start, index) => {
    const end = ends[index] ?? last;
    const granted = index > 0 ? grant(words, start) : undefined;
    if (granted && granted.verb < end) {
      const predicate = words.slice(granted.verb, end);
      return { frame: { ...frame, ...granted }, predicate, first: start, last: end, criteria: [] };
    }
    const verb = start;
    const own = words.slice(verb, end);
    const final = index === starts.length - 1;
    if (!final && own.length === 1 && !intransitive.has(own[0]?.normal ?? '')) {
      // "create, edit and delete notes": the object stands after the last of the verbs.
      const owner = starts.findIndex((start, at) => at > index && (ends[at] ?? last) - start > 1);
      const tail = owner === -1 ? [] : words.slice((starts[owner] ?? 0) + 1, ends[owner]);
      const predicate = [...own.map((word) => ({ ...word, pause: false })), ...tail];
      return {
        frame,
        predicate,
        first: from,
        last: owner === -1 ? end : (ends[owner] ?? last),
        criteria: [],
      };
    }
    return {
      frame,
      predicate: own,
      first: index === 0 || isShared(starts, ends, index) ? from : verb,
      last: end,
      criteria: final ? criteria : [],
    };
  });
}

/** The last of several bare verbs shares the sentence with them. */
const isShared = (starts: readonly number[], ends: readonly number[], index: number): boolean =>
  starts.slice(0, index).every((start, at) => (ends[at] ?? 0) - start === 1);

function coordinated(
  words: readonly Word[],
  frame: Frame,
  last: number,
): { readonly verb: number; readonly conjunction: number }[] {
  const found: { verb: number; conjunction: number }[] = [];
  const inflected = frame.form === 'statement';
  let lastVerb = frame.verb;
  for (let index = frame.verb + 1; index < last; index++) {
    const word = words[index] as Word;
    if (subordinators.has(word.normal) && !conjunctions.has(word.normal)) break;
    const joins = conjunctions.has(word.normal);
    if (!joins && !words[index - 1]?.pause) continue;
    const conjunction = index;
    let verb = joins ? index + 1 : index;
    while (/^(?:also|then|to|later|optionally|even)$/.test(words[verb]?.normal ?? '')) verb++;
    if (verb >= last || !startsAbility(words, verb, last, inflected, index - lastVerb === 1))
      continue;
    found.push({ verb, conjunction });
    lastVerb = verb;
    index = verb;
  }
  return found;
}

function startsAbility(
  words: readonly Word[],
  verb: number,
  last: number,
  inflected: boolean,
  afterBareVerb: boolean,
): boolean {
  const word = words[verb] as Word;
  const next = verb + 1 < last ? words[verb + 1] : undefined;
  const objectFollows =
    next !== undefined &&
    (determiners.has(next.normal) || next.tags.has('Determiner') || next.tags.has('Plural'));
  if (speakers.has(word.normal) || word.tags.has('Pronoun')) return false;
  if (isVerb(word)) {
    if (word.tags.has('Gerund') || word.tags.has('PastTense') || word.tags.has('Copula'))
      return false;
    if (
      inflected
        ? !word.tags.has('PresentTense')
        : !(word.tags.has('Infinitive') || word.tags.has('Imperative'))
    ) {
      return false;
    }
    // "by title and tag": a bare word after a noun phrase is rather one more noun.
    if (next === undefined) return afterBareVerb || intransitive.has(word.normal);
    return true;
  }
  return objectFollows && word.tags.has('Noun') && canBeVerb(word.normal);
}
