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

  return {
    raiseRepeated,
    async raiseProven(ids: readonly string[]): Promise<void> {
      const rows = await working.reflexionsIn(ids);
      for (const lesson of newestOfEach(rows, 'memoryId')) await raiseProvenLesson(lesson);
    },
    /** What these lessons have earned, whoever died before it could be done. */
    async raiseEarned(ids: readonly string[]): Promise<void> {
      const rows = await working.reflexionsIn(ids);
      for (const failure of newestOfEach(rows, 'signature')) await raiseRepeated(failure);
      for (const lesson of newestOfEach(rows, 'memoryId')) await raiseProvenLesson(lesson);
    },
    /** The pattern of a signature anew, of its newest failure that is left. */
    async renewRepeated(projectId: string, signature: string): Promise<void> {
      const ofAnyTask = { projectId, runId: '', taskId: '', words: [], tags: [], limit: 1 };
      const [newest] = await working.reflexionsOfOthers(ofAnyTask, [signature]);
      if (newest !== undefined) await raiseRepeated(newest);
    },
  };
}

/** @param rows the oldest first */
const newestOfEach = (rows: readonly LessonRow[], key: 'memoryId' | 'signature') =>
  new Map(rows.map((row) => [row[key], row])).values();
