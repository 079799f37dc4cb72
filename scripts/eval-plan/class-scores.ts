export interface ClassScore {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  /** Rows that truly belong to the class. */
  readonly support: number;
}

/** A row's true class and the class that was found; undefined stands for none. */
export type Judged = readonly [truth: string | undefined, found: string | undefined];

/** Precision, recall and F1 of one class; 0 where a share has nothing to be a share of. */
export function classScore(rows: readonly Judged[], name: string): ClassScore {
  const count = (wanted: (row: Judged) => boolean) => rows.filter(wanted).length;
  const right = count(([truth, found]) => truth === name && found === name);
  const found = count((row) => row[1] === name);
  const support = count((row) => row[0] === name);
  const precision = found === 0 ? 0 : right / found;
  const recall = support === 0 ? 0 : right / support;
  const f1 = right === 0 ? 0 : (2 * precision * recall) / (precision + recall);
  return { precision, recall, f1, support };
}

/** F1 averaged over classes, each weighing as many rows as truly belong to it. */
export function weightedF1(scores: readonly ClassScore[]): number {
  const rows = scores.reduce((sum, { support }) => sum + support, 0);
  return scores.reduce((sum, { f1, support }) => sum + f1 * support, 0) / rows;
}
