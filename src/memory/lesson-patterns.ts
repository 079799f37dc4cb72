import { MemoryType } from '../domain/memory.ts';
import type { LessonRow } from '../storage/reflexion-store.ts';
import { contentHash } from './content-hash.ts';
import { memoryIdOf, parseMemoryId } from './memory-id.ts';
import type { MemoryEntry, MemoryIdentity } from './memory-tier.ts';

/** Failures of one signature that make a pattern. */
export const repeatsOfPattern = 3;

/** A failure of a signature, as it happened last. */
export type RepeatedFailure = Pick<MemoryEntry, 'projectId' | 'tags'> &
  Pick<LessonRow, 'failureReason' | 'improvedApproach' | 'signature'>;

/** What keeps going wrong in a project, for all of its tasks; it carries the newest advice. */
export function repeatedFailurePattern(failure: RepeatedFailure, repeats: number): MemoryEntry {
  const { projectId, tags, failureReason, improvedApproach, signature } = failure;
  return {
    ...repeatedFailure(projectId, signature),
    content: `Keeps failing: ${failureReason}\nDo: ${improvedApproach}`,
    tags,
    metadata: { signature, repeats },
  };
}

/** What was proven to help: it serves tasks that have less in common, too. */
export function provenPattern(lesson: LessonRow): MemoryEntry {
  const { projectId, memoryId, tags, failureReason, improvedApproach, trials, signature } = lesson;
  return {
    ...proven(projectId, memoryId),
    content: `Proven in ${trials} attempts. Against: ${failureReason}\nDo: ${improvedApproach}`,
    tags,
    metadata: { signature, from: memoryIdOf('working', memoryId) },
  };
}

/** The patterns that a lesson may have been made to: before others were merged into it, they may have been. */
export const provenPatternsOf = (
  { projectId, memoryId }: Pick<LessonRow, 'projectId' | 'memoryId'>,
  origins: readonly { readonly originId: string }[],
): MemoryIdentity[] =>
  [memoryId, ...origins.map(({ originId }) => originId)].map((id) => proven(projectId, id));

/**
 * What a pattern that was made by rule is in another fleet, where its lesson has another id: the same as what
 * the rule would make there.
 *
 * @param metadata of the pattern, as it came
 * @param lessons the ids of lessons there, by those here
 * @returns undefined for a pattern that somebody stored, or whose lesson did not come along
 */
export function importedPattern(
  projectId: string,
  { signature, from }: Readonly<Record<string, unknown>>,
  lessons: ReadonlyMap<string, string>,
): { readonly identity: MemoryIdentity; readonly metadata: Record<string, unknown> } | undefined {
  if (typeof signature !== 'string') return undefined;
  if (typeof from !== 'string') {
    return { identity: repeatedFailure(projectId, signature), metadata: {} };
  }
  const lesson = lessons.get(from);
  if (lesson === undefined) return undefined;
  return {
    identity: proven(projectId, parseMemoryId(lesson).id),
    metadata: { from: lesson },
  };
}

// One pattern for a signature, and one for a lesson, however it is worded.
/** The pattern that failures of a signature make. */
export const repeatedFailure = (projectId: string, signature: string): MemoryIdentity =>
  pattern(projectId, `repeated failure ${signature}`);
const proven = (projectId: string, memoryId: string): MemoryIdentity =>
  pattern(projectId, `proven lesson ${memoryId}`);
const pattern = (projectId: string, name: string): MemoryIdentity => ({
  ...{ projectId, type: MemoryType.PATTERN, contentHash: contentHash(name) },
});
