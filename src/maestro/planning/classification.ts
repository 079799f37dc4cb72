import { qualityCategories, type Requirement } from '../../domain/requirement.ts';
import { qualityLexicon, type QualityCategory } from './quality-lexicon.ts';

export interface Classification {
  readonly kind: Requirement['kind'];
  readonly category?: QualityCategory;
}

interface Pattern {
  readonly weight: number;
  readonly words: readonly string[];
}

const patterns = new Map<QualityCategory, readonly Pattern[]>(
  qualityCategories.map((category) => [
    category,
    qualityLexicon[category].flatMap(([weight, phrases]) =>
      phrases.split('|').map((phrase) => ({ weight, words: phrase.trim().split(' ') })),
    ),
  ]),
);

/** What speaks for an ability of the product, and how strongly. */
const abilityPatterns: readonly Pattern[] = [
  [2, 'can|able to|allow*|let|lets|enable*|so that'],
  [
    1,
    'display* the|display* a|display*|show*|add|adds|create*|delete*|edit*|search*|send*|notify|notifies|generate*|list|lists|store*|save*|record*|select*|view*|upload*|download*|export*|import*|print*|calculate*|assign*|filter*|sort*|refused|reject*|validate*|enter*|choose*|provide*|track*|email*|process*|update*',
  ],
].flatMap(([weight, phrases]) =>
  String(phrases)
    .split('|')
    .map((phrase) => ({ weight: Number(weight), words: phrase.split(' ') })),
);

/** An ability needs less to be believed: most of what people ask for is one. */
const functionalBias = 1;
const strong = 3;

/**
 * Decides by weighted phrases whether a text asks for an ability (functional) or for a quality (non
 * functional), and for which quality.
 */
export function classify(text: string): Classification {
  const { best, functional } = weigh(text);
  if (!best || best.top < 2) return { kind: 'functional' };
  const needed = best.top >= strong ? functional - 1 : functional;
  return best.score > needed
    ? { kind: 'non_functional', category: best.category }
    : { kind: 'functional' };
}

/** The quality that a text speaks of most, even where it asks for an ability first of all. */
export function nearestQuality(text: string): QualityCategory | undefined {
  return weigh(text).best?.category;
}

function weigh(text: string) {
  const tokens = tokenize(text);
  let best: { category: QualityCategory; score: number; top: number } | undefined;
  for (const category of qualityCategories) {
    const hits = matches(tokens, patterns.get(category) ?? []);
    const score = hits.reduce((sum, weight) => sum + weight, 0);
    const top = Math.max(0, ...hits);
    if (score > (best?.score ?? 0)) best = { category, score, top };
  }
  const ability = matches(tokens, abilityPatterns);
  const functional =
    functionalBias + Math.max(0, ...ability) + Math.min(1, Math.max(0, ability.length - 1) * 0.5);
  return { best, functional };
}

/** Numbers become "#", so that "200 ms" and "5 seconds" meet the same phrases; "%" is a word. */
function tokenize(text: string): string[] {
  const found = text.toLowerCase().match(/\d+(?:[.,:/]\d+)*|%|[\p{L}]+(?:[-'’][\p{L}]+)*/gu) ?? [];
  return found.map((token) => (/^\d/.test(token) ? '#' : token));
}

/** Weights of the patterns that occur, each counted once; a longer phrase swallows its words. */
function matches(tokens: readonly string[], candidates: readonly Pattern[]): number[] {
  const taken = new Set<number>();
  const weights: number[] = [];
  const byLength = [...candidates].sort((a, b) => b.words.length - a.words.length);
  for (const { weight, words } of byLength) {
    for (let start = 0; start + words.length <= tokens.length; start++) {
      if (taken.has(start) || !words.every((word, at) => fits(tokens[start + at] ?? '', word)))
        continue;
      words.forEach((_, at) => taken.add(start + at));
      weights.push(weight);
      break;
    }
  }
  return weights;
}

function fits(token: string, word: string): boolean {
  if (word.endsWith('*')) return token.startsWith(word.slice(0, -1));
  return token === word;
}
