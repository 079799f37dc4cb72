import type { Priority } from './frame-parts.ts';
import { nearestQuality } from './classification.ts';
import type { QualityCategory } from './quality-lexicon.ts';

/** What a heading says about all that stands below it. */
export interface Section {
  /** Background that asks for nothing, or what shall not be done. */
  readonly context: boolean;
  readonly acceptance: boolean;
  readonly nonFunctional: boolean;
  readonly category?: QualityCategory;
  readonly priority?: Priority;
}

export const noSection: Section = { context: false, acceptance: false, nonFunctional: false };

const contextual =
  /\b(?:background|context|about|introduction|motivation|overview|out of scope|non-?goals?|not in scope|glossary|definitions|notes to|references|history|stakeholders|assumptions)\b/i;
const acceptance = /\bacceptance(?: criteria| tests?)?\b|\bdefinition of done\b/i;
const qualities = /\b(?:non[- ]?functional|quality|qualities|nfrs?|constraints?)\b/i;
const optional =
  /\b(?:nice[- ]to[- ]haves?|optional|stretch|could(?: have)?|later|bonus|future)\b/i;
const wanted = /\b(?:should(?: have)?|desired|preferred)\b/i;

/** Reads a heading ("## Nice to have") or a lead-in ("Acceptance criteria:"). */
export function readSection(heading: string): Section {
  const short = heading.trim().split(/\s+/).length <= 4;
  const category = short ? nearestQuality(heading) : undefined;
  const priority = optional.test(heading) ? 'could' : wanted.test(heading) ? 'should' : undefined;
  return {
    context: contextual.test(heading),
    acceptance: acceptance.test(heading),
    nonFunctional: qualities.test(heading) || category !== undefined,
    ...(category && { category }),
    ...(priority && { priority }),
  };
}
