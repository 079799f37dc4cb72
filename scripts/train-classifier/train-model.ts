import type {
  ShippedModel,
  WeightTable,
} from '../../src/maestro/planning/classifier/linear-model.ts';
import type { TextFeatures } from '../../src/maestro/planning/classifier/text-features.ts';
import type { WordVectors } from './word-vectors.ts';

export interface Example {
  readonly features: TextFeatures;
  /** Index of the class. */
  readonly label: number;
}

const epochs = 40;
const rate = 0.1;
/** L2 regularisation per step. */
const decay = 0.006;
/** How much word vectors weigh beside the other features. */
const vectorScale = 1.05;
const lexiconDropout = 0.8;
const featureDropout = 0.3;
/** A pair of stems seen once teaches the sentence, not the language. */
const minPairCount = 2;

/**
 * Multinomial logistic regression by AdaGrad (Duchi, Hazan, Singer 2011). The mean of word vectors is
 * linear in the words, so its weights are given out as one row of weights per word: nothing of the
 * vectors is needed where the model is used. Deterministic.
 */
export function trainModel(
  classes: readonly string[],
  examples: readonly Example[],
  vectors: WordVectors,
): ShippedModel {
  const index = indexNames(examples);
  const inputs = examples.map(({ features }) => inputOf(features, index, vectors));
  const columns = classes.length;
  const width = [...vectors.values()][0]?.length ?? 0;
  const weights = new Float64Array((index.size + width) * columns);
  const history = new Float64Array(weights.length).fill(1e-3);
  const bias = new Float64Array(columns);
  const biasHistory = new Float64Array(columns).fill(1e-3);
  const next = randoms();
  const lexicon = new Set(
    [...index].flatMap(([name, row]) => (name.startsWith('lex:') ? [row] : [])),
  );
  const order = examples.map((_, at) => at);
  for (let epoch = 0; epoch < epochs; epoch++) {
    shuffle(order, next);
    for (const at of order) {
      const input = thinned(inputs[at] ?? [], lexicon, next);
      const errors = likelihoods(input, weights, bias);
      errors[examples[at]?.label ?? 0]! -= 1;
      for (let column = 0; column < columns; column++) {
        const error = errors[column]!;
        biasHistory[column]! += error * error;
        bias[column]! -= (rate * error) / Math.sqrt(biasHistory[column]!);
      }
      for (const [row, value] of input) {
        for (let column = 0; column < columns; column++) {
          const cell = row * columns + column;
          const slope = errors[column]! * value + decay * weights[cell]!;
          history[cell]! += slope * slope;
          weights[cell]! -= (rate * slope) / Math.sqrt(history[cell]!);
        }
      }
    }
  }
  const rows = [...index.keys()].map((_, row) =>
    weights.subarray(row * columns, (row + 1) * columns),
  );
  const lexical = [...vectors.values()].map((vector) => {
    const sums = new Float64Array(columns);
    vector.forEach((value, at) => {
      for (let column = 0; column < columns; column++) {
        sums[column]! += value * vectorScale * weights[(index.size + at) * columns + column]!;
      }
    });
    return sums;
  });
  return {
    classes,
    bias: [...bias].map((value) => Number(value.toFixed(4))),
    features: pack([...index.keys()], rows),
    words: pack([...vectors.keys()], lexical),
  };
}

/**
 * Leaves features out at random. The phrases of the lexicon were written by the same people as the
 * sentences, so they would be trusted too much; without them others must carry the decision.
 */
function thinned(input: Input, lexicon: ReadonlySet<number>, next: () => number): Input {
  const withoutLexicon = next() < lexiconDropout;
  return input.filter(([row]) => !(lexicon.has(row) ? withoutLexicon : next() < featureDropout));
}

type Input = readonly (readonly [row: number, value: number])[];

function indexNames(examples: readonly Example[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { features } of examples) {
    for (const name of features.named.keys()) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const kept = [...counts].filter(
    ([name, count]) => !name.startsWith('b:') || count >= minPairCount,
  );
  return new Map(kept.map(([name], row) => [name, row]));
}

function inputOf(
  { named, words }: TextFeatures,
  index: Map<string, number>,
  vectors: WordVectors,
): Input {
  const known = words.flatMap((word) => vectors.get(word) ?? []);
  const input: [number, number][] = [...named].flatMap(([name, value]) => {
    const row = index.get(name);
    return row === undefined ? [] : [[row, value]];
  });
  const share = vectorScale / Math.sqrt(known.length);
  for (let at = 0; at < (known[0]?.length ?? 0); at++) {
    input.push([index.size + at, known.reduce((sum, vector) => sum + vector[at]!, 0) * share]);
  }
  return input;
}

function likelihoods(input: Input, weights: Float64Array, bias: Float64Array): Float64Array {
  const scores = Float64Array.from(bias);
  for (const [row, value] of input) {
    for (let column = 0; column < scores.length; column++) {
      scores[column]! += weights[row * scores.length + column]! * value;
    }
  }
  const highest = Math.max(...scores);
  const shares = scores.map((score) => Math.exp(score - highest));
  const sum = shares.reduce((total, share) => total + share, 0);
  return shares.map((share) => share / sum);
}

function pack(names: readonly string[], rows: readonly Float64Array[]): WeightTable {
  const step = Math.max(...rows.map((row) => Math.max(...row.map(Math.abs)))) / 127;
  const bytes = Int8Array.from(
    rows.flatMap((row) => [...row].map((value) => Math.round(value / step))),
  );
  return { names: names.join(' '), step, weights: Buffer.from(bytes.buffer).toString('base64') };
}

/** A linear congruential generator (Numerical Recipes): the same order in every training. */
function randoms(): () => number {
  let state = 1;
  return () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
}

function shuffle(order: number[], next: () => number): void {
  for (let at = order.length - 1; at > 0; at--) {
    const other = Math.floor(next() * (at + 1));
    [order[at], order[other]] = [order[other]!, order[at]!];
  }
}
