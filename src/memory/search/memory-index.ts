import { LRUCache } from 'lru-cache';
import type { FoundHit } from './find-in-index.ts';
import type { IndexedMemory, IndexFilter, PreparedMemory } from './indexed-memory.ts';
import { nearest, type Likeness } from './nearest.ts';
import { readQuestion, type AskedTerm, type Question, type Vocabulary } from './question.ts';
import { count, holds, withdraw, type Postings } from './postings.ts';
import { Sums } from './sums.ts';
import type { Turn } from './turn.ts';

export interface IndexQuery extends IndexFilter {
  readonly text: string;
}

export interface IndexHit {
  readonly id: string;
  readonly score: number;
  /** Words of the question that it holds itself. */
  readonly words: readonly string[];
  /** Words that it holds in place of asked ones: `violin (instrument)`. */
  readonly related: readonly string[];
}

interface Document extends Omit<IndexedMemory, 'text'> {
  readonly turn: Omit<Turn, 'body'>;
  readonly speaker: readonly string[];
  /** Terms that it holds. */
  readonly length: number;
}

interface Derived {
  /** BM25's length normalisation of each document. */
  readonly lengths: Float64Array;
  /** A document's weight whatever is asked. */
  readonly weights: Float64Array;
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
/** Bits of what a turn is. */
const asks = 1;
const firstPerson = 2;
const tellsTime = 4;
/** Share of the best score that a memory needs which holds related words only. */
const relatedFloor = 0.25;
/** Answers that are remembered of each project, some 10 KB each and at most 4 KB of question. */
const maxAnswers = 50;
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
  /** What each document is as a turn, and when it was said (NaN: unknown), close together in memory. */
  readonly #traits: number[] = [];
  readonly #at: number[] = [];
  readonly #byId = new Map<string, number>();
  readonly #body = new Map<string, Postings>();
  readonly #speakers = new Map<string, Postings>();
  /** Stems by the words that were brought to them, for forgiving spelling. */
  readonly #words = new Map<string, string>();
  readonly #sessions = new Map<string, number[]>();
  readonly #scores = new Sums();
  readonly #direct = new Sums();
  readonly #held = new Sums();
  readonly #most = new Sums();
  readonly #spoke = new Sums();
  #totalLength = 0;
  /** What follows from the whole; made anew after changes. */
  #derived: Derived | undefined;
  /** What was found since the last change, by what was asked. */
  readonly answers = new LRUCache<string, readonly FoundHit[]>({ max: maxAnswers });
  /** Known words by their first letter: only slips of spelling are looked up there. */
  #letters: ReadonlyMap<string, readonly string[]> | undefined;

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
    this.#traits.push(
      (turn.asks ? asks : 0) |
        (turn.firstPerson ? firstPerson : 0) |
        (turn.tellsTime ? tellsTime : 0),
    );
    this.#at.push(memory.at ?? Number.NaN);
    this.#byId.set(memory.id, at);
    this.#totalLength += length;
    this.#changed();
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
    this.#changed();
  }

  /** The memories that answer a question best. @param now what "last week" counts from */
  search(query: IndexQuery, now: Date): IndexHit[] {
    const question = readQuestion(query.text, this.#vocabulary(), now);
    const scores = this.#score(question.terms);
    const weigh = this.#weigher(query, question);
    let most = 0;
    for (const at of scores.touched) {
      const score = scores.scale(at, weigh(at));
      if (score > most) most = score;
    }
    const floor = relatedFloor * most;
    const reasons = this.#reasonsFor(question.terms);
    return scores
      .best(query.limit, (at, score) => score >= floor || this.#direct.values[at] !== 0)
      .map((at) => ({
        id: (this.#documents[at] as Document).id,
        score: scores.values[at] as number,
        ...reasons(at),
      }));
  }

  /** {@link nearest} among these memories. */
  nearest(vector: Float32Array, filter: IndexFilter): Likeness[] {
    return nearest(this.#documents, vector, filter);
  }

  /** BM25 of the documents that hold the asked terms, neighbours' words included. */
  #score(terms: readonly AskedTerm[]): Sums {
    const { lengths } = this.#derive();
    const total = this.#documents.length;
    const scores = this.#scores.reset(total);
    /** Whether a document, or a turn next to it, holds an asked word itself. */
    const direct = this.#direct.reset(total);
    const held = this.#held.reset(total);
    const most = this.#most.reset(total);
    for (const { weight, alternatives } of terms) {
      // Documents that hold any alternative; each counts by the alternative it holds most of.
      let holding = 0;
      for (const [stem, alternative] of alternatives) {
        for (const index of [this.#body, this.#speakers]) {
          const postings = index.get(stem);
          if (postings === undefined) continue;
          holding += postings.documents.length * alternative.weight;
          this.#count(postings, index === this.#body, held);
        }
        for (const at of held.touched) {
          if (alternative.weight === 1) direct.raise(at, 1);
          most.raise(at, (held.values[at] as number) * alternative.weight);
        }
        held.reset(total);
      }
      holding = Math.max(1, Math.min(holding, this.size));
      const rarity = Math.log(1 + (this.size - holding + 0.5) / (holding + 0.5));
      for (const at of most.touched) {
        const times = most.values[at] as number;
        const gain = (times * (k1 + 1)) / (times + k1 * (lengths[at] as number));
        scores.add(at, weight * rarity * gain);
      }
      most.reset(total);
    }
    return scores;
  }

  /** Counts a term where it stands and, when it is lent, in part in the neighbouring turns. */
  #count({ documents, counts }: Postings, lends: boolean, held: Sums): void {
    for (let i = 0; i < documents.length; i++) {
      const at = documents[i] as number;
      const times = counts[i] as number;
      held.add(at, times);
      if (!lends) continue;
      const next = this.#next[at] as number;
      if (next >= 0) {
        held.add(
          next,
          times * (((this.#traits[at] as number) & asks) !== 0 ? lent.nextOfQuestion : lent.next),
        );
        const afterNext = this.#next[next] as number;
        if (afterNext >= 0) held.add(afterNext, times * lent.afterNext);
      }
      const previous = this.#previous[at] as number;
      if (previous >= 0) {
        held.add(previous, times * lent.previous);
        const before = this.#previous[previous] as number;
        if (before >= 0) held.add(before, times * lent.beforePrevious);
      }
    }
  }

  /** What a document's score is multiplied by: 0 when it is of another kind than asked for. */
  #weigher(query: IndexQuery, question: Question): (at: number) => number {
    const { weights } = this.#derive();
    const tags = new Set(query.tags);
    const spoke = this.#spoke.reset(this.#documents.length);
    for (const name of this.#askedSpeakers(question)) {
      for (const at of this.#speakers.get(name)?.documents ?? []) spoke.raise(at, 1);
    }
    const { time, asksWhen } = question;
    return (at) => {
      let weight = weights[at] as number;
      const traits = this.#traits[at] as number;
      if (spoke.values[at] !== 0) {
        weight *= factors.bySpeaker * ((traits & firstPerson) === 0 ? 1 : factors.ofItself);
      }
      if (asksWhen && (traits & tellsTime) !== 0) weight *= factors.tellsTime;
      if (time !== undefined) {
        const said = this.#at[at] as number;
        if (said >= time.from && said < time.to) weight *= factors.atTheTime;
      }
      if (query.type === undefined && tags.size === 0) return weight;
      const document = this.#documents[at] as Document;
      if (query.type !== undefined && document.type !== query.type) return 0;
      return tags.size === 0 || document.tags.some((tag) => tags.has(tag)) ? weight : 0;
    };
  }

  #changed(): void {
    this.#derived = undefined;
    this.#letters = undefined;
    this.answers.clear();
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
    return (this.#derived = { lengths, weights });
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

  /** Says of a document what it holds of the asked words. */
  #reasonsFor(terms: readonly AskedTerm[]): (at: number) => Pick<IndexHit, 'words' | 'related'> {
    // Looked up once, not for each document.
    const asked = terms.map(({ word, alternatives }) => ({
      word,
      alternatives: [...alternatives].map(([stem, alternative], i) => ({
        told: i === 0 ? undefined : `${alternative.word} (${word})`,
        postings: [this.#body.get(stem), this.#speakers.get(stem)].filter(
          (each) => each !== undefined,
        ),
      })),
    }));
    return (at) => {
      const words: string[] = [];
      const related: string[] = [];
      for (const { word, alternatives } of asked) {
        const held = alternatives.find(({ postings }) => postings.some((each) => holds(each, at)));
        if (held?.told !== undefined) related.push(held.told);
        else if (held !== undefined) words.push(word);
      }
      return { words, related };
    };
  }

  #vocabulary(): Vocabulary {
    return {
      has: (stem) => this.#body.has(stem) || this.#speakers.has(stem),
      isSpeaker: (stem) => this.#speakers.has(stem),
      startingLike: (word) =>
        (this.#letters ??= byFirstLetter(this.#words.keys())).get(word.charAt(0)) ?? [],
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

function byFirstLetter(words: Iterable<string>): Map<string, string[]> {
  const letters = new Map<string, string[]>();
  for (const word of words) {
    const list = letters.get(word.charAt(0));
    if (list === undefined) letters.set(word.charAt(0), [word]);
    else list.push(word);
  }
  return letters;
}
