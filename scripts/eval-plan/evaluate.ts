import type { requirementKinds } from '../../src/domain/requirement.ts';
import type { Classification } from '../../src/maestro/planning/classification.ts';
import { classScore, weightedF1, type ClassScore, type Judged } from './class-scores.ts';
import { knownCategory, type LabelledRow } from './labelled-rows.ts';

export interface Evaluation {
  /** Rows. */
  readonly n: number;
  readonly kind: Readonly<Record<(typeof requirementKinds)[number], ClassScore>>;
  readonly weightedF1: number;
  /** By category as the file spells it; only when it names categories. */
  readonly category?: Readonly<Record<string, ClassScore>>;
}

/** Holds what a classifier says against what people said. */
export function evaluate(
  rows: readonly LabelledRow[],
  classify: (text: string) => Classification,
): Evaluation {
  const judged = rows.map((row) => ({ row, found: classify(row.text) }));
  const kinds: Judged[] = judged.map(({ row, found }) => [row.kind, found.kind]);
  const kind = {
    functional: classScore(kinds, 'functional'),
    non_functional: classScore(kinds, 'non_functional'),
  };
  const labels = [
    ...new Set(
      rows.flatMap(({ kind, category }) => (kind === 'functional' ? [] : (category ?? []))),
    ),
  ].sort();
  const category = Object.fromEntries(
    labels.map((label) => {
      const meant = knownCategory(label);
      const about: Judged[] = judged.map(({ row, found }) => [
        row.kind === 'functional' ? undefined : row.category,
        found.category === undefined || found.category !== meant ? undefined : label,
      ]);
      return [label, classScore(about, label)];
    }),
  );
  return {
    n: rows.length,
    kind,
    weightedF1: weightedF1(Object.values(kind)),
    ...(labels.length > 0 && { category }),
  };
}
