import type { Memory } from '../domain/memory.ts';
import type { LessonRow } from '../storage/reflexion-store.ts';
import { baselineOf, isTried, lessonEffect, lessonState } from './lesson-effect.ts';
import {
  provenPattern,
  provenPatternsOf,
  repeatedFailurePattern,
  repeatsOfPattern,
  type RepeatedFailure,
} from './lesson-patterns.ts';
import type { MemoryEntry } from './memory-tier.ts';
import type { WorkingTier } from './memory-tiers/working.ts';

interface PatternRaiserDeps {
  readonly working: WorkingTier;
  readonly keep: (pattern: MemoryEntry) => Promise<Memory>;
}

/** Makes patterns of a project of what failed again and again, and of what was proven to help. */
export function createPatternRaiser({ working, keep }: PatternRaiserDeps) {
  async function raiseRepeated(failure: RepeatedFailure): Promise<void> {
    // Nothing was left of it to tell it by.
    if (failure.signature === '') return;
    const repeats = await working.repeats(failure.projectId, failure.signature);
    if (repeats < repeatsOfPattern) return;
    const pattern = repeatedFailurePattern(failure, repeats);
    // Once: each change of a project's memory is read by every process that searches it.
    const id = await working.idOf(pattern);
    const there = id === undefined ? undefined : await working.get(id);
    if (there?.metadata.repeats !== repeats) await keep(pattern);
  }

  async function raiseProvenLesson(lesson: LessonRow): Promise<void> {
    if (!isTried(lesson)) return;
    const baseline = baselineOf(await working.withheld(lesson.projectId));
    if (lessonState(lesson, lessonEffect(lesson, baseline)) !== 'proven') return;
    const origins = await working.upkeep.originsOf(lesson.memoryId);
    for (const pattern of provenPatternsOf(lesson, origins)) {
      if ((await working.idOf(pattern)) !== undefined) return;
    }
    await keep(provenPattern(lesson));
  }

  /** The newest reflexion of each lesson. */
  async function lessonsOf(ids: readonly string[]): Promise<LessonRow[]> {
    const rows = await working.reflexionsIn(ids);
    return [...new Map(rows.map((row) => [row.memoryId, row])).values()];
  }

  return {
    raiseRepeated,
    async raiseProven(ids: readonly string[]): Promise<void> {
      for (const lesson of await lessonsOf(ids)) await raiseProvenLesson(lesson);
    },
    /** What these lessons have earned, whoever died before it could be done. */
    async raiseEarned(ids: readonly string[]): Promise<void> {
      const lessons = await lessonsOf(ids);
      const bySignature = new Map(lessons.map((lesson) => [lesson.signature, lesson]));
      for (const lesson of bySignature.values()) await raiseRepeated(lesson);
      for (const lesson of lessons) await raiseProvenLesson(lesson);
    },
  };
}
