import type { Lesson, MemoryUse } from '../domain/memory.ts';
import type { MessageDraft } from '../domain/message.ts';
import type { MemoryCoordinator } from '../memory/memory-coordinator.ts';
import type { Fence } from '../storage/attempt-store.ts';
import type { ClaimedTask } from '../storage/claim-store.ts';
import { contextMessages } from './context-messages.ts';

/** What an attempt is told of what earlier ones learned. */
export interface Recalled {
  readonly lessons: readonly Lesson[];
  /** Ids of lessons that were withheld, to learn what they do. */
  readonly withheld: readonly string[];
  /** All of it by id, for the books. */
  readonly uses: ReadonlyMap<string, MemoryUse>;
  readonly context: readonly { readonly content: string; readonly why: readonly string[] }[];
  /** Lessons and memories that did not fit into the token budget. */
  readonly leftOut: number;
  /** The exchange, for the record. */
  readonly messages: readonly MessageDraft[];
}

/** Asks memory for the lessons and the knowledge that fit the task. */
export async function recall(
  memory: MemoryCoordinator,
  { run, task }: ClaimedTask,
  fence: Fence,
): Promise<Recalled> {
  const { title, prompt, role, capabilities } = task.spec;
  const text = `${title}\n${prompt}`;
  const projectId = run.projectId;
  const { lessons, withheld, tokensLeft, ...taught } = await memory.lessonsFor({
    projectId,
    runId: run.id,
    taskId: task.id,
    epoch: fence.epoch,
    ...(role === undefined ? {} : { role }),
    tags: capabilities,
    text,
    agent: task.agent,
  });
  // Lessons come first; what else is known has what they leave of the room.
  const answer = await memory.retrieve({
    query: text.slice(0, 10_000),
    projectId,
    maxTokens: tokensLeft,
  });
  const leftOut = taught.leftOut + answer.leftOut;
  const known = new Set(lessons.map((lesson) => lesson.id));
  const items = answer.items.filter((item) => item.type !== 'reflexion' && !known.has(item.id));
  const uses = new Map<string, MemoryUse>();
  for (const { id } of items) uses.set(id, 'given');
  for (const id of withheld) uses.set(id, 'withheld');
  for (const { id, own } of lessons) uses.set(id, own ? 'own' : 'given');
  return {
    lessons,
    withheld,
    uses,
    context: items.map(({ content, why }) => ({ content, why })),
    leftOut,
    messages: contextMessages(
      { ...fence, agent: task.agent },
      { query: title },
      {
        lessons: lessons.map((lesson) => lesson.id),
        items: items.map((item) => item.id),
        completeness: answer.completeness,
        leftOut,
      },
    ),
  };
}
