import { parseArgs } from 'node:util';
import { AuroraError } from '../src/domain/errors.ts';
import { classify } from '../src/maestro/planning/classification.ts';
import type { ClassScore } from './eval-plan/class-scores.ts';
import { evaluate } from './eval-plan/evaluate.ts';
import { readLabelledRows } from './eval-plan/labelled-rows.ts';

/**
 * Holds the parser of requirements against labelled data: `npm run eval:plan -- FILE.{csv,jsonl}`.
 * Each row is read as one requirement on its own, by rules alone.
 */
try {
  const { values, positionals } = parseArgs({
    options: { json: { type: 'boolean', default: false } },
    allowPositionals: true,
  });
  const [file, ...others] = positionals;
  if (file === undefined || others.length > 0) {
    throw new AuroraError(
      'request-invalid',
      'Name one file: npm run eval:plan -- FILE.{csv,jsonl}',
    );
  }
  const result = evaluate(readLabelledRows(file), classify);
  if (values.json) console.log(JSON.stringify(result));
  else {
    console.log(`${result.n} requirements, weighted F1 ${result.weightedF1.toFixed(3)}`);
    console.table(rounded(result.kind));
    if (result.category) console.table(rounded(result.category));
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
}

function rounded(scores: Readonly<Record<string, ClassScore>>) {
  return Object.fromEntries(
    Object.entries(scores).map(([name, { precision, recall, f1, support }]) => [
      name,
      {
        precision: Number(precision.toFixed(3)),
        recall: Number(recall.toFixed(3)),
        f1: Number(f1.toFixed(3)),
        rows: support,
      },
    ]),
  );
}
