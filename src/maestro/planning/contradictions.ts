import { stemmer } from 'stemmer';
import type { Requirement, Threshold } from '../../domain/requirement.ts';
import { tokens } from './classifier/tokens.ts';
import { readThresholds } from './threshold.ts';

const filler = new Set(
  'a an the all any each every must shall should will can could be is are at most least less more than no under below within up to in of not never cannot # %'.split(
    ' ',
  ),
);
/** Share of words that two sentences have in common when they speak of the same thing. */
const sameSubject = 0.6;

interface Statement {
  readonly id: string;
  readonly words: ReadonlySet<string>;
  readonly denied: boolean;
  readonly limits: readonly Threshold[];
}

/** Requirements that cannot both hold: other limits of the same thing, or a "not" in one of two. */
export function contradictionQuestions(requirements: readonly Requirement[]): string[] {
  const questions: string[] = [];
  const read = requirements.map(statement);
  read.forEach((later, at) => {
    questions.push(...selfContradiction(later));
    for (const earlier of read.slice(0, at)) {
      if (overlap(earlier.words, later.words) < sameSubject) continue;
      const clash = clashing(earlier, later);
      if (clash) {
        questions.push(
          `${earlier.id} and ${later.id} contradict each other (${clash}): which of them holds?`,
        );
      }
    }
  });
  return questions;
}

function statement({ id, title, text }: Requirement): Statement {
  const all = tokens(title);
  return {
    id,
    words: new Set(
      all.filter((word) => !filler.has(word) && !/n['’]t$/.test(word)).map((word) => stemmer(word)),
    ),
    denied: all.some((word) => /^(?:not|never|cannot)$|n['’]t$/.test(word)),
    limits: readThresholds(text ?? title),
  };
}

function clashing(one: Statement, other: Statement): string | undefined {
  for (const first of one.limits) {
    const second = other.limits.find(
      ({ unit, bound, percentile }) =>
        unit === first.unit && bound === first.bound && percentile === first.percentile,
    );
    if (second && second.value !== first.value) {
      return `${first.value} ${first.unit} against ${second.value} ${second.unit}`;
    }
  }
  const crossed = crossing([...one.limits, ...other.limits]);
  if (crossed !== undefined) return crossed;
  return one.denied !== other.denied && overlap(one.words, other.words) === 1
    ? 'one denies the other'
    : undefined;
}

function selfContradiction({ id, limits }: Statement): string[] {
  const crossed = crossing(limits);
  return crossed === undefined ? [] : [`${id} contradicts itself: ${crossed}. Which is it?`];
}

/** A least that is above a most. */
function crossing(limits: readonly Threshold[]): string | undefined {
  for (const least of limits.filter(({ bound }) => bound === 'min')) {
    const most = limits.find(
      ({ bound, unit, value }) => bound === 'max' && unit === least.unit && value < least.value,
    );
    if (most === undefined) continue;
    return `at least ${least.value} ${least.unit}, but at most ${most.value} ${most.unit}`;
  }
  return undefined;
}

function overlap(one: ReadonlySet<string>, other: ReadonlySet<string>): number {
  const common = [...one].filter((word) => other.has(word)).length;
  const all = one.size + other.size - common;
  return all === 0 ? 0 : common / all;
}
