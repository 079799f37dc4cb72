import type { LessonRow } from '../storage/reflexion-store.ts';
import {
  baselineOf,
  lessonEffect,
  lessonState,
  type LessonEffect,
  type LessonState,
  type LessonTrials,
} from './lesson-effect.ts';
import { memoryIdOf } from './memory-id.ts';
import type { WorkingTier } from './memory-tiers/working.ts';

/** A lesson and what it has been seen to do. */
interface ReportedLesson extends LessonTrials, LessonEffect {
  readonly id: string;
  /** The task that taught it last. */
  readonly taskId: string;
  /** How many failed attempts taught it. */
  readonly taught: number;
  readonly role: string | null;
  readonly failureReason: string;
  readonly improvedApproach: string;
  readonly state: LessonState;
}

/** What the lessons of a project do for the attempts they are for. */
export interface LessonReport extends LessonTrials {
  readonly lessons: number;
  readonly states: Readonly<Record<LessonState, number>>;
  /** Gain in the share of attempts that succeed, over all lessons; null without both kinds. */
  readonly effect: LessonEffect | null;
  /** Those with trials, the most helpful first. */
  readonly tried: readonly ReportedLesson[];
}

/** Lessons that a report weighs, the newest. */
const weighed = 10_000;

export async function reportLessons(
  working: WorkingTier,
  projectId: string,
): Promise<LessonReport> {
  const reflexions = await working.reflexionsOfProject(projectId, weighed);
  // Several attempts may have learned the same: the newest words stand for all.
  const taught = new Map<string, number>();
  const rows = reflexions.filter(({ memoryId }) => {
    const times = taught.get(memoryId) ?? 0;
    taught.set(memoryId, times + 1);
    return times === 0;
  });
  const total = sum(rows);
  const baseline = baselineOf({ trials: total.withheldTrials, successes: total.withheldSuccesses });
  const lessons = rows.map((row) => judge(row, taught.get(row.memoryId) ?? 0, baseline));
  const count = (state: LessonState) => lessons.filter((lesson) => lesson.state === state).length;
  return {
    ...total,
    lessons: rows.length,
    states: { trial: count('trial'), proven: count('proven'), retired: count('retired') },
    effect: total.trials > 0 && total.withheldTrials > 0 ? lessonEffect(total, baseline) : null,
    tried: lessons.filter(({ trials }) => trials > 0).sort((a, b) => b.helps - a.helps),
  };
}

function judge(row: LessonRow, taught: number, baseline: number): ReportedLesson {
  const effect = lessonEffect(row, baseline);
  const { taskId, role, failureReason, improvedApproach } = row;
  const { trials, successes, withheldTrials, withheldSuccesses } = row;
  return {
    ...{ id: memoryIdOf('working', row.memoryId), taskId, taught, role },
    ...{ failureReason, improvedApproach },
    ...{ trials, successes, withheldTrials, withheldSuccesses, ...effect },
    state: lessonState(row, effect),
  };
}

function sum(rows: readonly LessonTrials[]): LessonTrials {
  const of = (key: keyof LessonTrials) => rows.reduce((total, row) => total + row[key], 0);
  return {
    trials: of('trials'),
    successes: of('successes'),
    withheldTrials: of('withheldTrials'),
    withheldSuccesses: of('withheldSuccesses'),
  };
}
