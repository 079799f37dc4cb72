import { readFileSync } from 'node:fs';
import { qualityCategories, type Requirement } from '../../domain/requirement.ts';
import { lexiconScores } from './classifier/lexicon-scores.ts';
import { linearModel, type ShippedModel } from './classifier/linear-model.ts';
import { textFeatures } from './classifier/text-features.ts';
import { tokens } from './classifier/tokens.ts';
import { plainQuality } from './plain-quality.ts';
import type { QualityCategory } from './quality-lexicon.ts';

export interface Classification {
  readonly kind: Requirement['kind'];
  readonly category?: QualityCategory;
}

/**
 * Trained by scripts/train-classifier.ts on sentences written for it (docs/planning.md has the
 * scores on sets that it was not trained on).
 */
const model = linearModel(
  JSON.parse(
    readFileSync(new URL('./classifier/weights.json', import.meta.url), 'utf8'),
  ) as ShippedModel,
);

/**
 * Decides whether a text asks for an ability (functional) or for a quality (non-functional), and for
 * which quality.
 */
export function classify(text: string): Classification {
  const plain = plainQuality(text);
  if (plain !== undefined) return { kind: 'non_functional', category: plain };
  const likely = model.probabilities(textFeatures(text));
  const at = (name: string) => likely[model.classes.indexOf(name)] ?? 0;
  if (at('functional') >= 0.5) return { kind: 'functional' };
  const category = qualityCategories.reduce((best, each) => (at(each) > at(best) ? each : best));
  return { kind: 'non_functional', category };
}

/** The quality that the words of a text name most plainly; undefined when they name none. */
export function nearestQuality(text: string): QualityCategory | undefined {
  const scores = [...lexiconScores(tokens(text))];
  return scores.sort(([, one], [, other]) => other - one)[0]?.[0];
}
