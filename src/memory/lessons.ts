import type { Lesson } from '../domain/memory.ts';
import type { LessonRow } from '../storage/reflexion-store.ts';
import { contentHash } from './content-hash.ts';
import { cosineWithQuantised } from './embedders/quantised-vector.ts';
import { embedLexically, lexicalEmbedder } from './embedders/lexical-embedder.ts';
import { memoryIdOf } from './memory-id.ts';
import type { WorkingTier } from './memory-tiers/working.ts';
import { telling, wordsOf } from './words.ts';

export interface LessonQuery {
  readonly projectId: string;
  readonly runId: string;
  readonly taskId: string;
  readonly role?: string | undefined;
  readonly tags: readonly string[];
  readonly text: string;
  readonly limit: number;
}

/** How many reflexions of other tasks are weighed. */
const candidates = 100;
/** Lexical likeness from which two tasks have something to do with each other. */
const related = 0.12;

/**
 * What earlier failures teach an attempt that is about to start: first all that the task's own
 * attempts taught, the newest first; then what other tasks of the project taught, by how much they
 * have in common.
 */
export async function gatherLessons(working: WorkingTier, query: LessonQuery): Promise<Lesson[]> {
  const own = await working.reflexionsOfTask(query.projectId, query.runId, query.taskId);
  const signatures = [...new Set(own.map(({ signature }) => signature))];
  const words = telling(wordsOf(query.text), 40);
  const others = await working.reflexionsOfOthers(
    { ...query, words, limit: candidates },
    signatures,
  );
  const asked = embedLexically(query.text);
  const ranked = others
    .filter((row) => !isRetired(row))
    .map((row) => ({ row, ...inCommon(row, query, signatures, asked) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score);

  const lessons: Lesson[] = [];
  const seen = new Set<string>();
  const give = (row: LessonRow, why: string) => {
    const advice = contentHash(row.improvedApproach + row.failureReason);
    if (lessons.length === query.limit || seen.has(advice)) return;
    seen.add(advice);
    lessons.push(toLesson(row, why));
  };
  for (const row of own) give(row, 'same task');
  for (const { row, why } of ranked) give(row, why.join(', '));
  return lessons;
}

/** A lesson that was tried often and hardly ever helped misleads. */
function isRetired({ trials, successes }: LessonRow): boolean {
  return trials >= 5 && successes / trials < 0.2;
}

function inCommon(
  row: LessonRow,
  query: LessonQuery,
  signatures: readonly string[],
  asked: Float32Array,
): { score: number; why: string[] } {
  const why: string[] = [];
  let score = 0;
  const sameError = signatures.includes(row.signature);
  if (sameError) {
    score += 3;
    why.push('same error');
  }
  const shared = row.tags.filter((tag) => query.tags.includes(tag));
  if (shared.length > 0) {
    score += (2 * shared.length) / new Set([...row.tags, ...query.tags]).size;
    why.push(`tags ${shared.join(' ')}`);
  }
  // Vectors of another embedder than the lexical one do not compare with the asked text's.
  const likeness = row.embedder === lexicalEmbedder ? cosineWithQuantised(asked, row.embedding) : 0;
  const similar = likeness >= related;
  if (similar) {
    score += 2 * likeness;
    why.push('similar text');
  }
  // One tag, a language for instance, is shared by half of a project's tasks.
  if (!sameError && !similar && shared.length < 2) return { score: 0, why };
  // The role alone says even less: it only weighs what has something else in common.
  if (row.role !== null && row.role === query.role) {
    score += 0.3;
    why.push('same role');
  }
  if (row.trials > 0) score *= 0.7 + (0.6 * row.successes) / row.trials;
  return { score, why };
}

const toLesson = (row: LessonRow, why: string): Lesson => ({
  id: memoryIdOf('working', row.memoryId),
  taskId: row.taskId,
  originalApproach: row.originalApproach,
  failureReason: row.failureReason,
  improvedApproach: row.improvedApproach,
  tags: row.tags,
  why,
});
