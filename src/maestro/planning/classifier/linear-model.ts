import type { TextFeatures } from './text-features.ts';

/**
 * A multinomial logistic regression as it is shipped: one signed byte per weight, rows in the order
 * of the names, one column per class.
 */
export interface ShippedModel {
  readonly classes: readonly string[];
  readonly bias: readonly number[];
  readonly features: WeightTable;
  readonly words: WeightTable;
}
export interface WeightTable {
  /** Separated by spaces. */
  readonly names: string;
  /** What one step of a byte stands for. */
  readonly step: number;
  /** Base64. */
  readonly weights: string;
}

export interface LinearModel {
  readonly classes: readonly string[];
  /** How likely each class is, in the order of `classes`. */
  probabilities(features: TextFeatures): number[];
}

export function linearModel({ classes, bias, features, words }: ShippedModel): LinearModel {
  const named = readTable(features, classes.length);
  const lexical = readTable(words, classes.length);
  return {
    classes,
    probabilities: (text) => {
      const scores = [...bias];
      for (const [name, value] of text.named) named(name, value, scores);
      const known = text.words.filter((word) => lexical(word, 0, scores));
      // A long text has more words, not more meaning.
      const share = 1 / Math.sqrt(known.length);
      for (const word of known) lexical(word, share, scores);
      return softmax(scores);
    },
  };
}

type AddRow = (name: string, value: number, scores: number[]) => boolean;

function readTable({ names, step, weights }: WeightTable, columns: number): AddRow {
  const rows = new Map(names.split(' ').map((name, row) => [name, row]));
  const bytes = Buffer.from(weights, 'base64');
  return (name, value, scores) => {
    const row = rows.get(name);
    if (row === undefined) return false;
    for (let column = 0; column < columns; column++) {
      scores[column] =
        (scores[column] ?? 0) + bytes.readInt8(row * columns + column) * step * value;
    }
    return true;
  };
}

function softmax(scores: readonly number[]): number[] {
  const highest = Math.max(...scores);
  const shares = scores.map((score) => Math.exp(score - highest));
  const sum = shares.reduce((total, share) => total + share, 0);
  return shares.map((share) => share / sum);
}
