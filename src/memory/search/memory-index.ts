import type { MemoryType } from '../../domain/memory.ts';
import { readQuestion, type AskedTerm, type Question, type Vocabulary } from './question.ts';
import { analyse, type Term } from './terms.ts';
import { parseTurn, type Turn } from './turn.ts';

/** A memory as it is searched. */
export interface IndexedMemory {
  readonly id: string;
  readonly text: string;
  readonly tags: readonly string[];
  readonly type: MemoryType;
  /** The conversation that it is a turn of. */
  readonly session: string | undefined;
  /** When it was said or became true, in milliseconds since 1970. */
  readonly at: number | undefined;
  /** Orders what has the same time. */
  readonly sequence: number;
}

export interface IndexQuery {
  readonly text: string;
  /** Only memories that carry at least one of these; all when empty. */
  readonly tags: readonly string[];
  readonly type?: MemoryType;
  readonly limit: number;
}

export interface IndexHit {
  readonly id: string;
  readonly score: number;
  /** Words of the question that it holds itself. */
  readonly words: readonly string[];
  /** Words that it holds in place of asked ones: `violin (instrument)`. */
  readonly related: readonly string[];
}

/** A memory with its text analysed, which is what takes the time of adding it. */
export interface PreparedMemory {
  readonly memory: Omit<IndexedMemory, 'text'>;
  readonly turn: Omit<Turn, 'body'>;
  readonly terms: readonly Term[];
  readonly speaker: readonly Term[];
}

export function prepareMemory({ text, ...memory }: IndexedMemory): PreparedMemory {
  const { body, ...turn } = parseTurn(text);
  return {
    memory,
    turn,
    terms: analyse(`${body} ${memory.tags.join(' ')}`).terms,
    speaker: turn.speaker === undefined ? [] : analyse(turn.speaker).terms,
  };
}

interface Document extends Omit<IndexedMemory, 'text'> {
  readonly turn: Omit<Turn, 'body'>;
  readonly speaker: readonly string[];
  /** Terms that it holds. */
  readonly length: number;
}

/** Where a stem stands: documents in ascending order, and how often in each. */
interface Postings {
  documents: number[];
  counts: number[];
}

interface Derived {
  /** BM25's length normalisation of each document. */
  readonly lengths: Float64Array;
  /** A document's weight whatever is asked. */
  readonly weights: Float64Array;
  /** Known words by their first letter. */
  readonly letters: ReadonlyMap<string, readonly string[]>;
}

/** BM25's saturation and length normalisation (Robertson, Zaragoza 2009). */
const k1 = 1.2;
const b = 0.5;

/**
 * How much of its words a turn lends to its neighbours in the conversation. An answer is not
 * understood without its question, so a question lends more.
 */
const lent = {
  next: 0.4,
  nextOfQuestion: 0.7,
  afterNext: 0.15,
  previous: 0.2,
  beforePrevious: 0.05,
};
/** Lent words lengthen a turn by half. */
const lentLength = 0.5 * (lent.next + lent.previous + lent.afterNext + lent.beforePrevious);

/** Factors on a turn's score, found by ablation on several sets of questions (docs/memory.md). */
const factors = {
  onlyAsks: 0.7,
  hardlyAnything: 0.7,
  bySpeaker: 1.3,
  ofItself: 1.2,
  tellsTime: 1.2,
  atTheTime: 1.5,
};
/** Share of the best score that a memory needs which holds related words only. */
const relatedFloor = 0.25;
/** Terms below which a turn says hardly anything. */
const fewTerms = 4;

/**
 * An inverted index of one project's memories, in this process. Ranks by BM25 over groups of words
 * (a word and what may stand in its place count as one word, Pirkola 1998), where turns of a
 * conversation lend each other their words.
 */
export class MemoryIndex {
  readonly #documents: (Document | undefined)[] = [];
  /** The neighbouring turns of each document, -1 for none. */
  readonly #previous: number[] = [];
  readonly #next: number[] = [];
  readonly #asks: boolean[] = [];
  readonly #byId = new Map<string, number>();
  readonly #body = new Map<string, Postings>();
  readonly #speakers = new Map<string, Postings>();
  /** Stems by the words that were brought to them, for forgiving spelling. */
  readonly #words = new Map<string, string>();
  readonly #sessions = new Map<string, number[]>();
  #totalLength = 0;
  /** What follows from the whole; made anew after changes. */
  #derived: Derived | undefined;

  get size(): number {
    return this.#byId.size;
  }

  ids(): IterableIterator<string> {
    return this.#byId.keys();
  }

  /** Adds a memory; one with a known id has to be removed first. */
  add({ memory, turn, terms, speaker }: PreparedMemory): void {
    const at = this.#documents.length;
    for (const { stem } of terms) count(this.#body, stem, at);
    for (const { stem } of speaker) count(this.#speakers, stem, at);
    for (const { word, stem } of [...terms, ...speaker]) this.#words.set(word, stem);
    const length = terms.length + speaker.length;
    const names = speaker.map(({ stem }) => stem);
    this.#documents.push({ ...memory, turn, speaker: names, length });
    this.#previous.push(-1);
    this.#next.push(-1);
    this.#asks.push(turn.asks);
    this.#byId.set(memory.id, at);
    this.#totalLength += length;
    this.#derived = undefined;
    if (memory.session !== undefined) this.#join(memory.session, at);
  }

  /** Leaves nothing of these memories behind, not a word. */
  remove(ids: Iterable<string>): void {
    const gone = new Set<number>();
    for (const id of ids) {
      const at = this.#byId.get(id);
      if (at === undefined) continue;
      const document = this.#documents[at] as Document;
      gone.add(at);
      this.#byId.delete(id);
      this.#documents[at] = undefined;
      this.#totalLength -= document.length;
      this.#link(this.#previous[at] as number, this.#next[at] as number);
      if (document.session !== undefined) {
        const session = this.#sessions.get(document.session) as number[];
        session.splice(session.indexOf(at), 1);
        if (session.length === 0) this.#sessions.delete(document.session);
      }
    }
    if (gone.size === 0) return;
    for (const postings of [this.#body, this.#speakers]) withdraw(postings, gone);
    for (const [word, stem] of this.#words) {
      if (!this.#body.has(stem) && !this.#speakers.has(stem)) this.#words.delete(word);
    }
    this.#derived = undefined;
  }

  /** The memories that answer a question best. @param now what "last week" counts from */
  search(query: IndexQuery, now: Date): IndexHit[] {
    const question = readQuestion(query.text, this.#vocabulary(), now);
    const derived = this.#derive();
    const { scores, direct } = this.#score(question.terms, derived);
    const asked = this.#askedSpeakers(question);
    const tags = new Set(query.tags);
    for (let at = 0; at < scores.length; at++) {
      if (scores[at] === 0) continue;
      const document = this.#documents[at] as Document;
      const fits =
        (query.type === undefined || document.type === query.type) &&
        (tags.size === 0 || document.tags.some((tag) => tags.has(tag)));
      const weight = fits ? (derived.weights[at] as number) * weigh(document, question, asked) : 0;
      scores[at] = (scores[at] as number) * weight;
    }
    const floor = relatedFloor * scores.reduce((most, score) => Math.max(most, score), 0);
    scores.forEach((score, at) => {
      if (direct[at] === 0 && score < floor) scores[at] = 0;
    });
    return best(scores, query.limit).map((at) => ({
      id: (this.#documents[at] as Document).id,
      score: scores[at] as number,
      ...this.#reasons(at, question.terms),
    }));
  }

  /** BM25 of every document for the asked terms, neighbours' words included. */
  #score(
    terms: readonly AskedTerm[],
    { lengths }: Derived,
  ): { scores: Float64Array; direct: Uint8Array } {
    const total = this.#documents.length;
    /** Whether a document, or a turn next to it, holds an asked word itself. */
    const direct = new Uint8Array(total);
    const scores = new Float64Array(total);
    const held = new Float64Array(total);
    const most = new Float64Array(total);
    for (const { weight, alternatives } of terms) {
      // Documents that hold any alternative; each counts by the alternative it holds most of.
      const group: number[] = [];
      let holding = 0;
      for (const [stem, alternative] of alternatives) {
        const isOwn = alternative.weight === 1;
        const touched: number[] = [];
        for (const [index, lends] of [
          [this.#body, true],
          [this.#speakers, false],
        ] as const) {
          const postings = index.get(stem);
          if (postings === undefined) continue;
          holding += postings.documents.length * alternative.weight;
          this.#count(postings, lends, held, touched);
        }
        for (const at of touched) {
          if (isOwn) direct[at] = 1;
          if (most[at] === 0) group.push(at);
          most[at] = Math.max(most[at] as number, (held[at] as number) * alternative.weight);
          held[at] = 0;
        }
      }
      holding = Math.max(1, Math.min(holding, this.size));
      const rarity = Math.log(1 + (this.size - holding + 0.5) / (holding + 0.5));
      for (const at of group) {
        const count = most[at] as number;
        most[at] = 0;
        const gain = (count * (k1 + 1)) / (count + k1 * (lengths[at] as number));
        scores[at] = (scores[at] as number) + weight * rarity * gain;
      }
    }
    return { scores, direct };
  }

  /** Counts a term where it stands and, when it is lent, in part in the neighbouring turns. */
  #count(postings: Postings, lends: boolean, held: Float64Array, touched: number[]): void {
    const give = (at: number, amount: number) => {
      if (held[at] === 0) touched.push(at);
      held[at] = (held[at] as number) + amount;
    };
    const { documents, counts } = postings;
    for (let i = 0; i < documents.length; i++) {
      const at = documents[i] as number;
      const times = counts[i] as number;
      give(at, times);
      if (!lends) continue;
      const next = this.#next[at] as number;
      if (next >= 0) {
        give(next, times * (this.#asks[at] === true ? lent.nextOfQuestion : lent.next));
        const afterNext = this.#next[next] as number;
        if (afterNext >= 0) give(afterNext, times * lent.afterNext);
      }
      const previous = this.#previous[at] as number;
      if (previous >= 0) {
        give(previous, times * lent.previous);
        const before = this.#previous[previous] as number;
        if (before >= 0) give(before, times * lent.beforePrevious);
      }
    }
  }

  #derive(): Derived {
    if (this.#derived !== undefined) return this.#derived;
    const average = (this.#totalLength / Math.max(1, this.size)) * (1 + lentLength) || 1;
    const lengthAt = (at: number) => this.#documents[at]?.length ?? 0;
    const lengths = new Float64Array(this.#documents.length);
    const weights = new Float64Array(this.#documents.length);
    this.#documents.forEach((document, at) => {
      if (document === undefined) return;
      const before = lengthAt(this.#previous[at] as number) * lent.next;
      const after = lengthAt(this.#next[at] as number) * lent.previous;
      lengths[at] = 1 - b + (b * (document.length + 0.5 * (before + after))) / average;
      weights[at] =
        document.session === undefined
          ? 1
          : (document.turn.onlyAsks ? factors.onlyAsks : 1) *
            (document.length < fewTerms ? factors.hardlyAnything : 1);
    });
    const letters = byFirstLetter(this.#words.keys());
    return (this.#derived = { lengths, weights, letters });
  }

  /** The speakers that a question is about; none when it names all of them, which tells nothing. */
  #askedSpeakers({ terms, role }: Question): ReadonlySet<string> {
    const named = terms.flatMap(({ alternatives }) => {
      const [own] = alternatives.keys();
      return own !== undefined && this.#speakers.has(own) ? [own] : [];
    });
    if (named.length === 0 && role !== undefined && this.#speakers.has(role)) named.push(role);
    return new Set(named.length < this.#speakers.size ? named : []);
  }

  #reasons(at: number, terms: readonly AskedTerm[]): Pick<IndexHit, 'words' | 'related'> {
    const words: string[] = [];
    const related: string[] = [];
    for (const { word, alternatives } of terms) {
      let isOwn = true;
      for (const [stem, alternative] of alternatives) {
        if (holds(this.#body.get(stem), at) || holds(this.#speakers.get(stem), at)) {
          if (isOwn) words.push(word);
          else related.push(`${alternative.word} (${word})`);
          break;
        }
        isOwn = false;
      }
    }
    return { words, related };
  }

  #vocabulary(): Vocabulary {
    return {
      has: (stem) => this.#body.has(stem) || this.#speakers.has(stem),
      isSpeaker: (stem) => this.#speakers.has(stem),
      startingLike: (word) => this.#derive().letters.get(word.charAt(0)) ?? [],
      stemOf: (word) => this.#words.get(word) ?? word,
    };
  }

  /** Puts a turn between its neighbours in time. */
  #join(session: string, at: number): void {
    let turns = this.#sessions.get(session);
    if (turns === undefined) this.#sessions.set(session, (turns = []));
    let place = turns.length;
    while (place > 0 && this.#isBefore(at, turns[place - 1] as number)) place--;
    this.#link(turns[place - 1] ?? -1, at);
    this.#link(at, turns[place] ?? -1);
    turns.splice(place, 0, at);
  }

  #isBefore(one: number, other: number): boolean {
    const [a, c] = [this.#documents[one] as Document, this.#documents[other] as Document];
    return (a.at ?? 0) - (c.at ?? 0) < 0 || (a.at === c.at && a.sequence < c.sequence);
  }

  #link(before: number, after: number): void {
    if (before >= 0) this.#next[before] = after;
    if (after >= 0) this.#previous[after] = before;
  }
}

/** What a question makes of a document beside its words. */
function weigh(
  { turn, speaker, at }: Document,
  question: Question,
  asked: ReadonlySet<string>,
): number {
  let factor = 1;
  if (asked.size > 0 && speaker.some((name) => asked.has(name))) {
    factor *= factors.bySpeaker * (turn.firstPerson ? factors.ofItself : 1);
  }
  if (question.asksWhen && turn.tellsTime) factor *= factors.tellsTime;
  const { time } = question;
  if (time !== undefined && at !== undefined && at >= time.from && at < time.to) {
    factor *= factors.atTheTime;
  }
  return factor;
}

/** The places of the highest scores above 0, the highest first; of equal ones the newest. */
function best(scores: Float64Array, limit: number): number[] {
  const sorted = Float64Array.from(scores).sort();
  const threshold = sorted[Math.max(0, sorted.length - limit)] ?? 0;
  const places: number[] = [];
  scores.forEach((score, at) => {
    if (score > 0 && score >= threshold) places.push(at);
  });
  return places
    .sort((one, other) => (scores[other] as number) - (scores[one] as number) || other - one)
    .slice(0, limit);
}

function count(index: Map<string, Postings>, stem: string, at: number): void {
  let postings = index.get(stem);
  if (postings === undefined) index.set(stem, (postings = { documents: [], counts: [] }));
  const { documents, counts } = postings;
  const last = documents.length - 1;
  if (documents[last] === at) counts[last] = (counts[last] as number) + 1;
  else {
    documents.push(at);
    counts.push(1);
  }
}

function withdraw(index: Map<string, Postings>, gone: ReadonlySet<number>): void {
  for (const [stem, postings] of index) {
    const { documents, counts } = postings;
    if (!documents.some((at) => gone.has(at))) continue;
    postings.counts = counts.filter((_, i) => !gone.has(documents[i] as number));
    postings.documents = documents.filter((at) => !gone.has(at));
    if (postings.documents.length === 0) index.delete(stem);
  }
}

/** Whether a document is among postings, which ascend. */
function holds(postings: Postings | undefined, at: number): boolean {
  if (postings === undefined) return false;
  const { documents } = postings;
  let low = 0;
  let high = documents.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((documents[middle] as number) < at) low = middle + 1;
    else high = middle;
  }
  return documents[low] === at;
}

function byFirstLetter(words: Iterable<string>): Map<string, string[]> {
  const letters = new Map<string, string[]>();
  for (const word of words) {
    const list = letters.get(word.charAt(0));
    if (list === undefined) letters.set(word.charAt(0), [word]);
    else list.push(word);
  }
  return letters;
}
