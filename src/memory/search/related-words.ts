import { regularForm } from './irregular-forms.ts';
import { partsOfSpeech, readSynset, sensesOf, type Synset } from './wordnet.ts';

/** How much a related word counts where the word itself counts 1. */
const weights = { synonym: 0.4, derived: 0.5, similar: 0.2, broader: 0.15, narrower: 0.2 } as const;

/** Senses of a word that are looked at: rarer ones mislead more than they find. */
const senses = 6;
/** Kinds of kinds: `instrument`, `stringed instrument`, `bowed instrument`, `cello`. */
const depth = 4;
/** Narrower senses of one sense; `person` has thousands, which tell nothing. */
const maxNarrower = 100;
/** … of which a level may bring more at once; `move` has 1,500 ways. */
const mostNarrower = 300;

/** A question's words come again and again. */
const remembered = 2_000;
const cache = new Map<string, ReadonlyMap<string, number>>();

/**
 * English words that an answer may hold in place of this one, by WordNet: synonyms, words of the
 * same root, kinds of it. Each with its weight below 1. Lower-case single words.
 */
export function relatedWords(word: string): ReadonlyMap<string, number> {
  let related = cache.get(word);
  if (related === undefined) {
    related = lookUp(word);
    if (cache.size >= remembered) cache.delete(cache.keys().next().value as string);
    cache.set(word, related);
  }
  return related;
}

function lookUp(word: string): Map<string, number> {
  const found = new Map<string, number>();
  if (!/^[a-z]{2,40}$/.test(word)) return found;
  const add = (other: string | undefined, weight: number) => {
    if (other === undefined || other === word || !/^[a-z]+$/.test(other)) return;
    found.set(other, Math.max(found.get(other) ?? 0, weight));
  };
  for (const base of baseForms(word)) {
    for (const part of partsOfSpeech) {
      sensesOf(base, part)
        .slice(0, senses)
        .forEach((offset, rank) => {
          const sense = readSynset(part, offset);
          const usual = 1 / (1 + rank / 2);
          for (const other of sense.words) add(other, weights.synonym * usual);
          addPointed(sense, base, usual, add);
          if (part === 'n') addNarrower(sense, weights.narrower * usual, add);
        });
    }
  }
  return found;
}

function addPointed(
  sense: Synset,
  base: string,
  usual: number,
  add: (word: string | undefined, weight: number) => void,
): void {
  for (const { symbol, part, offset, from, to } of sense.pointers()) {
    if (symbol === '+' || symbol === '\\') {
      if (sense.words[from - 1] === base) {
        add(readSynset(part, offset).words[to - 1], weights.derived * usual);
      }
    } else if (symbol === '&' || symbol === '@') {
      const weight = symbol === '&' ? weights.similar : weights.broader;
      for (const other of readSynset(part, offset).words) add(other, weight * usual);
    }
  }
}

function addNarrower(
  sense: Synset,
  weight: number,
  add: (word: string, weight: number) => void,
): void {
  const seen = new Set<number>();
  let level: readonly Synset[] = [sense];
  for (let i = 0; i < depth && seen.size < maxNarrower; i++) {
    const next: Synset[] = [];
    for (const broader of level) {
      for (const { symbol, part, offset } of broader.pointers()) {
        if ((symbol !== '~' && symbol !== '~i') || seen.has(offset)) continue;
        if (seen.size === mostNarrower) return;
        seen.add(offset);
        const narrower = readSynset(part, offset);
        for (const other of narrower.words) add(other, weight);
        next.push(narrower);
      }
    }
    level = next;
  }
}

/** The forms under which a dictionary may know an inflected word. */
function baseForms(word: string): Set<string> {
  const forms = new Set([word, regularForm(word)]);
  for (const ending of ['s', 'es', 'ed', 'd', 'ing']) {
    if (!word.endsWith(ending) || word.length < ending.length + 3) continue;
    const stem = word.slice(0, -ending.length);
    forms.add(stem);
    if (ending === 'ing' || ending === 'ed') forms.add(`${stem}e`);
  }
  if (word.endsWith('ies') && word.length > 4) forms.add(`${word.slice(0, -3)}y`);
  return forms;
}
