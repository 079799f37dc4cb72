import type { Lesson, LessonAnswer } from '../domain/memory.ts';
import type { LessonRow } from '../storage/reflexion-store.ts';
import { contentHash } from './content-hash.ts';
import { cosineWithQuantised } from './embedders/quantised-vector.ts';
import { dot } from './embedders/embedder.ts';
import { embedLexically, lexicalEmbedder } from './embedders/lexical-embedder.ts';
import { baselineOf, lessonEffect, lessonState } from './lesson-effect.ts';
import { isWithheld } from './lesson-holdout.ts';
import { memoryIdOf } from './memory-id.ts';
import type { WorkingTier } from './memory-tiers/working.ts';
import { cutToTokens, TokenBudget, tokensOf } from './token-budget.ts';
import { telling, wordsOf } from './words.ts';

export interface LessonQuery {
  readonly projectId: string;
  readonly runId: string;
  readonly taskId: string;
  readonly epoch: number;
  readonly role?: string | undefined;
  readonly tags: readonly string[];
  readonly text: string;
  readonly limit: number;
  readonly maxTokens: number;
}

/** How many reflexions of other tasks are weighed. */
const candidates = 100;
/** Lexical likeness from which two tasks have something to do with each other. */
const related = 0.12;

/**
 * What earlier failures teach an attempt that is about to start: first all that the task's own
 * attempts taught, the newest first; then what other tasks of the project taught, by how much they
 * have in common and by what each has been seen to do.
 *
 * @param holdout share of the attempts that a lesson of another task is withheld from, 0 to 1
 */
export async function gatherLessons(
  working: WorkingTier,
  query: LessonQuery,
  holdout: number,
): Promise<LessonAnswer> {
  const own = await working.reflexionsOfTask(query.projectId, query.runId, query.taskId);
  const signatures = [...new Set(own.map(({ signature }) => signature))];
  const words = telling(wordsOf(query.text), 40);
  const [others, without] = await Promise.all([
    working.reflexionsOfOthers({ ...query, words, limit: candidates }, signatures),
    working.withheld(query.projectId),
  ]);
  const baseline = baselineOf(without);
  const asked = embedLexically(query.text);
  const ranked = others
    .map((row) => ({ row, effect: lessonEffect(row, baseline) }))
    .filter(({ row, effect }) => lessonState(row, effect) !== 'retired')
    .map(({ row, effect }) => ({ row, ...inCommon(row, query, signatures, asked, effect.helps) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score);

  const lessons: Lesson[] = [];
  const withheld: string[] = [];
  const seen = new Set<string>();
  const room = new TokenBudget(query.maxTokens);
  const attempt = `${query.runId} ${query.taskId} ${query.epoch}`;
  const give = (row: LessonRow, isOwn: boolean, why: string) => {
    const advice = contentHash(row.improvedApproach + row.failureReason);
    // What is withheld takes the place that it would have had: else another would profit.
    if (lessons.length + withheld.length === query.limit) return;
    // What several tasks or attempts learned is one lesson; a task hears its own newest words for it.
    if (seen.has(advice) || seen.has(row.memoryId)) return;
    seen.add(advice).add(row.memoryId);
    const whole = toLesson(row, isOwn, why);
    // What its own last attempt taught a task has to know, be it in short.
    const lesson = lessons.length === 0 && isOwn ? cutLesson(whole, room.left) : whole;
    if (!room.take(textOf(lesson))) return;
    if (!isOwn && isWithheld(attempt, lesson.id, holdout)) withheld.push(lesson.id);
    else lessons.push(lesson);
  };
  for (const row of own) give(row, true, 'same task');
  for (const { row, why } of ranked) give(row, false, why.join(', '));
  return { lessons, withheld, leftOut: room.leftOut, tokensLeft: room.left };
}

const textOf = ({ originalApproach, failureReason, improvedApproach }: Lesson | LessonRow) =>
  `${originalApproach} ${failureReason} ${improvedApproach}`;

/** What to do instead is worth half of the room, and why a third. */
function cutLesson(lesson: Lesson, tokens: number): Lesson {
  if (tokensOf(textOf(lesson)) <= tokens) return lesson;
  return {
    ...lesson,
    originalApproach: cutToTokens(lesson.originalApproach, Math.floor(tokens * 0.15)),
    failureReason: cutToTokens(lesson.failureReason, Math.floor(tokens * 0.3)),
    improvedApproach: cutToTokens(lesson.improvedApproach, Math.floor(tokens * 0.45)),
  };
}

function inCommon(
  row: LessonRow,
  query: LessonQuery,
  signatures: readonly string[],
  asked: Float32Array,
  helps: number,
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
  const likeness =
    row.embedder === lexicalEmbedder
      ? cosineWithQuantised(asked, row.embedding)
      : dot(asked, embedLexically(`${row.tags.join(' ')} ${textOf(row)}`));
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
  // From half for what hardly helps to half as much again for what surely does.
  score *= 0.5 + helps;
  return { score, why };
}

const toLesson = (row: LessonRow, own: boolean, why: string): Lesson => ({
  id: memoryIdOf('working', row.memoryId),
  taskId: row.taskId,
  originalApproach: row.originalApproach,
  failureReason: row.failureReason,
  improvedApproach: row.improvedApproach,
  tags: row.tags,
  own,
  why,
});
