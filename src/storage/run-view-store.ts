import { and, asc, desc, eq, inArray, lt } from 'drizzle-orm';
import type { DbOrTx } from './database.ts';
import { toMessage } from './message-store.ts';
import { runColumns, type Run } from './run-store.ts';
import {
  messages,
  projects,
  reflexions,
  runs,
  taskDependencies,
  taskRequirements,
} from './schema/index.ts';
import type { Message } from '../domain/message.ts';

/** Reads that only viewers need: lists for pages and the API. */

/** Runs with their projects' names, newest first; `before` is the id of the last one seen. */
export async function listRunsWithProject(
  db: DbOrTx,
  { limit, before, project }: { limit: number; before?: string; project?: string },
): Promise<{ run: Run; project: string }[]> {
  return db
    .select({ run: runColumns, project: projects.name })
    .from(runs)
    .innerJoin(projects, eq(projects.id, runs.projectId))
    .where(
      and(
        // Ids grow with time.
        before === undefined ? undefined : lt(runs.id, before),
        project === undefined ? undefined : eq(projects.name, project),
      ),
    )
    .orderBy(desc(runs.id))
    .limit(limit);
}

/** Which task of a run serves which requirement. */
export async function listTaskRequirements(
  db: DbOrTx,
  runId: string,
): Promise<{ taskId: string; requirementId: string }[]> {
  return db
    .select({ taskId: taskRequirements.taskId, requirementId: taskRequirements.requirementId })
    .from(taskRequirements)
    .where(eq(taskRequirements.runId, runId))
    .orderBy(asc(taskRequirements.requirementId), asc(taskRequirements.taskId));
}

/** A run's last messages, newest first. */
export async function listLatestMessages(
  db: DbOrTx,
  runId: string,
  limit: number,
): Promise<Message[]> {
  const rows = await db
    .select()
    .from(messages)
    .where(eq(messages.runId, runId))
    .orderBy(desc(messages.id))
    .limit(limit);
  return rows.map(toMessage);
}

/** The titles of some runs. */
export async function listRunTitles(
  db: DbOrTx,
  runIds: readonly string[],
): Promise<Map<string, string>> {
  if (runIds.length === 0) return new Map();
  const rows = await db
    .select({ id: runs.id, title: runs.title })
    .from(runs)
    .where(inArray(runs.id, [...runIds]));
  return new Map(rows.map((row) => [row.id, row.title]));
}

/** What the reflexions of some memories advise, by the memory's id. */
export async function listAdvice(
  db: DbOrTx,
  memoryIds: readonly string[],
): Promise<Map<string, { taskId: string; improvedApproach: string }>> {
  if (memoryIds.length === 0) return new Map();
  const rows = await db
    .select({
      memoryId: reflexions.memoryId,
      taskId: reflexions.taskId,
      improvedApproach: reflexions.improvedApproach,
    })
    .from(reflexions)
    .where(inArray(reflexions.memoryId, [...memoryIds]));
  return new Map(rows.map(({ memoryId, ...advice }) => [memoryId, advice]));
}

/** The ids of the tasks that wait for a task. */
export async function listDependents(db: DbOrTx, runId: string, taskId: string): Promise<string[]> {
  const rows = await db
    .select({ id: taskDependencies.taskId })
    .from(taskDependencies)
    .where(and(eq(taskDependencies.runId, runId), eq(taskDependencies.dependsOn, taskId)))
    .orderBy(asc(taskDependencies.taskId));
  return rows.map((row) => row.id);
}
