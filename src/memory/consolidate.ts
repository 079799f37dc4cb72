import { MemoryType } from '../domain/memory.ts';
import type { ComparedMemory, MemoryUpkeepStore } from '../storage/memory-upkeep-store.ts';
import type { ReflexionStore } from '../storage/reflexion-store.ts';
import { saysTheSameLesson } from './same-lesson.ts';
import { contradiction, gistOf, saysTheSame } from './sameness.ts';

/** Session context is gone in an hour. */
const types = [MemoryType.PATTERN, MemoryType.DECISION, MemoryType.CONFLICT, MemoryType.REFLEXION];
/** Memories that are compared at once. */
const batch = 50;
/** Memories that each is compared with: those of most common words, or of the same error. */
const candidates = 8;

export interface Consolidated {
  readonly merged: number;
  readonly contradicted: number;
  /** Whether there was anything to compare; then there may be more. */
  readonly worked: boolean;
}

export interface ConsolidateDeps {
  readonly store: MemoryUpkeepStore;
  readonly reflexions: Pick<ReflexionStore, 'newestIn' | 'withSignature'>;
  /** The ids of a project's memories that hold the same words, the most alike first. */
  readonly alike: (
    projectId: string,
    memory: Pick<ComparedMemory, 'type' | 'content'>,
    limit: number,
  ) => Promise<readonly string[]>;
  /** Told which lessons have come or changed, by their ids; whoever dies in it is told again. */
  readonly onLessons: (ids: readonly string[]) => Promise<void>;
}

/**
 * Compares some of the memories that have come or changed with those that are like them: what says the
 * same is merged, of two that say the opposite the newer wins. A project's revision says how far it got, so
 * that it goes on where it was stopped, and nothing is compared where nothing has changed.
 */
export async function consolidateSome(deps: ConsolidateDeps): Promise<Consolidated> {
  const { store } = deps;
  const scope = await store.nextScope();
  if (scope === undefined) return { merged: 0, contradicted: 0, worked: false };
  const { projectId, revision, consolidated } = scope;
  const changed = await store.changedSince(projectId, consolidated, types, batch);
  const gone = new Set<string>();
  const lessons = new Set<string>();
  let merged = 0;
  let contradicted = 0;
  for (const memory of changed) {
    if (gone.has(memory.id)) continue;
    const isLesson = memory.type === MemoryType.REFLEXION;
    if (isLesson) lessons.add(memory.id);
    const { others, same } = isLesson
      ? await likeLesson(deps, projectId, memory, gone)
      : await likeMemory(deps, projectId, memory, gone);
    for (const other of others) {
      const [older, newer] = inTime(memory, other);
      if (same(other)) {
        const [kept, dropped] = olderStays(older, newer) ? [older, newer] : [newer, older];
        if (!(await store.merge(projectId, kept, dropped))) continue;
        merged++;
        gone.add(dropped.id);
        if (isLesson) lessons.add(kept.id);
        if (dropped.id === memory.id) break;
      } else if (!isLesson && contradiction(older.content, newer.content) !== undefined) {
        if (await store.contradict(older.id, newer.id)) contradicted++;
      }
    }
  }
  if (lessons.size > 0) await deps.onLessons([...lessons].filter((id) => !gone.has(id)));
  const last = changed.length < batch ? revision : (changed.at(-1) as ComparedMemory).revision;
  await store.settleScope(projectId, last);
  return { merged, contradicted, worked: true };
}

interface Alike {
  /** What a memory is compared with. */
  readonly others: readonly ComparedMemory[];
  readonly same: (other: ComparedMemory) => boolean;
}

async function likeMemory(
  { store, alike }: ConsolidateDeps,
  projectId: string,
  memory: ComparedMemory,
  gone: ReadonlySet<string>,
): Promise<Alike> {
  const ids = await alike(projectId, memory, candidates);
  const others = await store.among(ids.filter((id) => id !== memory.id && !gone.has(id)));
  const gist = gistOf(memory.content);
  return {
    others: others.filter(({ type }) => type === memory.type),
    same: ({ content }) => saysTheSame(gist, gistOf(content)),
  };
}

async function likeLesson(
  { store, reflexions, alike }: ConsolidateDeps,
  projectId: string,
  memory: ComparedMemory,
  gone: ReadonlySet<string>,
): Promise<Alike> {
  const [taught] = await reflexions.newestIn([memory.id]);
  // Stored as a memory of its kind, not as what a failed attempt taught.
  if (taught === undefined) return { others: [], same: () => false };
  const { failureReason, improvedApproach, signature } = taught;
  const content = `${improvedApproach}\n${failureReason}`;
  const ids = new Set([
    ...(signature === ''
      ? []
      : await reflexions.withSignature(projectId, signature, candidates + 1)),
    ...(await alike(projectId, { type: memory.type, content }, candidates + 1)),
  ]);
  ids.delete(memory.id);
  for (const id of gone) ids.delete(id);
  const [others, lessons] = await Promise.all([
    store.among([...ids]),
    reflexions.newestIn([...ids]),
  ]);
  const lessonOf = new Map(lessons.map((lesson) => [lesson.memoryId, lesson]));
  return {
    others: others.filter(({ id }) => lessonOf.has(id)),
    same: ({ id }) => {
      const other = lessonOf.get(id);
      return other !== undefined && saysTheSameLesson(taught, other);
    },
  };
}

/**
 * The one that is used is known by its id: to the record of attempts, and in long-term memory. Of lessons
 * the one that came first stays, however often it was learned since: lots are drawn by the id.
 */
const olderStays = (older: ComparedMemory, newer: ComparedMemory) =>
  older.type === MemoryType.REFLEXION ? older.sequence < newer.sequence : older.uses >= newer.uses;

const inTime = (one: ComparedMemory, other: ComparedMemory) =>
  one.createdAt < other.createdAt ||
  (one.createdAt.getTime() === other.createdAt.getTime() && one.sequence < other.sequence)
    ? ([one, other] as const)
    : ([other, one] as const);
