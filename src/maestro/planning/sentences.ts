import nlp from 'compromise';

/** A sentence and where it starts in the text that it was found in. */
export interface Sentence {
  readonly start: number;
  readonly text: string;
}

/** One word of a sentence, as compromise understands it in its context. */
export interface Word {
  readonly text: string;
  /** Lower case, without punctuation. */
  readonly normal: string;
  readonly tags: ReadonlySet<string>;
  /** Place in the sentence. */
  readonly start: number;
  readonly end: number;
  /** A comma or semicolon follows. */
  readonly pause: boolean;
}

interface TermJson {
  readonly text: string;
  readonly normal: string;
  readonly post: string;
  readonly tags: readonly string[];
  readonly offset: { readonly start: number; readonly length: number };
}
interface SentenceJson {
  readonly offset: { readonly start: number; readonly length: number };
  readonly terms: readonly TermJson[];
}

// Requirements end in units ("… less than 200 ms. The service …"), which compromise takes for
// titles and abbreviations that never end a sentence.
const { abbreviations } = (nlp.model() as { one: { abbreviations: Record<string, unknown> } }).one;
for (const unit of 'ms sec min hr hrs kb mb tb gb kg km cm mm dm hz ft lb px'.split(' ')) {
  delete abbreviations[unit];
}

// It takes words that end like "Riverview" for places, and "mute" for a property only.
nlp.plugin({ words: { preview: 'Infinitive', mute: 'Infinitive' } });

/** compromise needs quadratic time and memory for runs of dots (measured: 1 MB never ends). */
const chunkLength = 4_000;

/** Splits a block of text into sentences. */
export function sentences(text: string): Sentence[] {
  const found: Sentence[] = [];
  for (let from = 0; from < text.length;) {
    const to = chunkEnd(text, from);
    const chunk = text.slice(from, to);
    if (!/[\p{L}\p{N}]/u.test(chunk)) {
      from = to;
      continue;
    }
    const parsed = nlp.tokenize(chunk).json({ offset: true }) as readonly SentenceJson[];
    for (const { offset } of parsed) {
      const raw = chunk.slice(offset.start, offset.start + offset.length);
      for (const part of apart(raw)) {
        const sentence = part.text.trim();
        const lead = part.text.length - part.text.trimStart().length;
        if (/[\p{L}\p{N}]/u.test(sentence)) {
          found.push({ start: from + offset.start + part.start + lead, text: sentence });
        }
      }
    }
    from = to;
  }
  return found;
}

/** "…; …" joins what could stand alone, and "2 s. Users" ends in a unit, not in an initial. */
const sentenceEnd = /(?<=;)\s|(?<=\d\s?[smh]\.)\s(?=\p{Lu})/u;

function apart(text: string): Sentence[] {
  const parts: Sentence[] = [];
  let start = 0;
  for (const piece of text.split(sentenceEnd)) {
    parts.push({ start, text: piece });
    start += piece.length + 1;
  }
  return parts;
}

function chunkEnd(text: string, from: number): number {
  if (text.length - from <= chunkLength) return text.length;
  const limit = from + chunkLength;
  const stop = Math.max(...['. ', '? ', '! '].map((end) => text.lastIndexOf(end, limit)));
  if (stop > from) return stop + 2;
  const space = text.lastIndexOf(' ', limit);
  return space > from ? space + 1 : limit;
}

/** Tags the words of one sentence. */
export function words(sentence: string): Word[] {
  const parsed = nlp(sentence).json({
    offset: true,
    terms: { offset: true, tags: true, normal: true, text: true },
  }) as readonly SentenceJson[];
  // A contraction ("can't") yields a second, empty term: its words share one place.
  return parsed
    .flatMap(({ terms }) => terms)
    .filter(({ text }) => text !== '')
    .map(({ text, normal, post, tags, offset }) => ({
      text,
      normal: normal.replace(/[^\p{L}\p{N}'’._/+-]/gu, ''),
      tags: new Set(tags),
      start: offset.start,
      end: offset.start + text.length,
      pause: /[,;:]/.test(post),
    }));
}

/** compromise takes about a millisecond for a single word, and requests repeat their words. */
const maxRemembered = 10_000;

function remembering<Result>(inflect: (word: string) => Result): (word: string) => Result {
  const known = new Map<string, Result>();
  return (word) => {
    const before = known.get(word);
    if (before !== undefined) return before;
    if (known.size >= maxRemembered) known.clear();
    const result = inflect(word);
    known.set(word, result);
    return result;
  };
}

/** "searched", "searching", "searches" → "search". */
export const infinitive = remembering((verb: string): string => {
  const document = nlp(verb);
  document.tag('Verb');
  const found: string = document.verbs().toInfinitive().text('normal');
  return found === '' ? verb : found;
});

/** "notes" → "note". Words that look plural but are not ("status") stay. */
export const singular = remembering((noun: string): string => {
  if (/(?:ss|us|is)$/.test(noun)) return noun;
  const document = nlp(noun);
  document.tag('Noun');
  const found: string = document.nouns().toSingular().text('normal');
  return found === '' ? noun : found;
});

/** "customer" → "customers". */
export const plural = remembering((noun: string): string => {
  const document = nlp(noun);
  document.tag('Noun');
  const found: string = document.nouns().toPlural().text();
  return found === '' ? noun : found;
});

/** Whether people use the word as a verb at all: "they can reset …". */
export const canBeVerb = remembering(
  (word: string): boolean => nlp(`they can ${word} it`).match('can #Verb').found,
);
