import type { Requirement } from '../../domain/requirement.ts';
import type { Ability } from './abilities.ts';
import { classify, nearestQuality } from './classification.ts';
import { authenticationTitle } from './authentication.ts';
import type { QualityCategory } from './quality-lexicon.ts';
import { clip, requirementTitle, type Antecedents } from './requirement-title.ts';
import type { Section } from './section.ts';
import type { Word } from './sentences.ts';
import { withoutSizes } from './size.ts';
import { readThresholds } from './threshold.ts';

export interface RequirementDraft {
  readonly id: string;
  readonly ability: Ability;
  /** The words of the whole sentence. */
  readonly words: readonly Word[];
  readonly request: string;
  /** Where the first word stands in the request; before `start` when a lead-in was put before it. */
  readonly place: number;
  /** Where the sentence itself starts and ends in the request. */
  readonly start: number;
  readonly end: number;
  readonly section: Section;
  readonly antecedents: Antecedents;
}

const nice = /\b(?:nice[- ]to[- ]have|optional(?:ly)?|ideally|if possible|as a bonus)\b/i;

/** Turns an ability into a requirement in the words of who asked for it. */
export function toRequirement(draft: RequirementDraft): Requirement {
  const { ability, section, request, place } = draft;
  const span = sourceOf(draft);
  const text = request.slice(span.start, span.end);
  const title = requirementTitle(ability, draft.antecedents);
  const thresholds = readThresholds(text);
  const kind = kindOf(title, text, isWhole(draft), ability, section);
  const priority = nice.test(text) ? 'could' : (section.priority ?? ability.frame.priority);
  return {
    id: draft.id,
    ...kind,
    title: clip(authenticationTitle(title) ?? title),
    text,
    priority,
    acceptance: ability.criteria.map(([first, last]) => {
      const start = draft.words[first]?.start ?? 0;
      const stop = draft.words[last - 1]?.end ?? start;
      return request.slice(place + start, place + stop);
    }),
    ...(thresholds.length > 0 && { thresholds }),
    source: span,
  };
}

const building = new Set(
  'add upload download edit build create write implement develop deploy dockerize containerize integrate connect send export import print show display list provide remove delete rename fix migrate document generate investigate research evaluate compare'.split(
    ' ',
  ),
);

/** Asks for other code that does the same. */
const rebuilding =
  /^(?:refactor|restructure|reorgani[sz]e|modulari[sz]e|decouple|deduplicate|tidy|clean up)\b/i;

const pronoun = /^(?:they|he|she|it)\b/i;

const isWhole = ({ ability, words }: RequirementDraft): boolean =>
  ability.first === 0 && (ability.last === words.length || ability.criteria.length > 0);

function sourceOf(draft: RequirementDraft): { start: number; end: number } {
  const { ability, words, place, start, end } = draft;
  const first = words[ability.first]?.start ?? 0;
  if (isWhole(draft)) return { start: Math.max(place + first, start), end };
  return {
    start: Math.max(place + first, start),
    end: place + (words[ability.last - 1]?.end ?? 0),
  };
}

function kindOf(
  title: string,
  text: string,
  whole: boolean,
  ability: Ability,
  section: Section,
): { kind: Requirement['kind']; category?: QualityCategory } {
  // "Deploy it with Docker" and "Add encryption" ask for something to be made.
  if (ability.frame.form === 'command' && building.has(ability.predicate[0]?.normal ?? '')) {
    return { kind: 'functional' };
  }
  if (ability.frame.form === 'command' && rebuilding.test(title)) {
    return { kind: 'non_functional', category: 'maintainability' };
  }
  // Letting people in is something to be built, however much it sounds of security.
  if (authenticationTitle(title) !== undefined && readThresholds(text).length === 0) {
    return { kind: 'functional' };
  }
  const able = ability.frame.modal === 'can' && !/^no\b/i.test(title);
  // A part of a compound sentence has lost its subject, and "They can …" never had one; the title has.
  const said = whole && !pronoun.test(text) ? text : title;
  // Who can do what is an ability, unless it is measured or a word of it names a quality.
  if (able && !/\d/.test(said) && nearestQuality(said) === undefined) return { kind: 'functional' };
  const found = classify(able || ability.frame.form === 'command' ? withoutSizes(said) : said);
  if (found.kind === 'non_functional') return found;
  if (!section.nonFunctional || able) return found;
  return {
    kind: 'non_functional',
    category: section.category ?? nearestQuality(text) ?? 'operability',
  };
}
