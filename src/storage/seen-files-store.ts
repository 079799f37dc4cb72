import { sql } from 'drizzle-orm';
import type { MessageDraft } from '../domain/message.ts';
import type { Fence } from './attempt-store.ts';
import type { Db, DbOrTx } from './database.ts';
import { groupCommit } from './group-commit.ts';
import { appendMessages } from './message-store.ts';

interface SeenFiles {
  readonly fence: Fence;
  readonly files: readonly string[];
}

/**
 * Notes which files an attempt that is under way has changed so far, and tells it and the others of its
 * run, each once for each file, when they change the same. What this process notes at the same time is
 * one commit; an attempt whose epoch is old notes nothing.
 *
 * @returns whether anybody was told
 */
export function noteSeenFiles(db: Db, fence: Fence, files: readonly string[]): Promise<boolean> {
  return noteTogether(db, { fence, files });
}

interface Noted extends Record<string, unknown> {
  readonly runId: string;
  readonly taskId: string;
  readonly epoch: number;
  readonly agent: string;
  /** Those that were not noted before. */
  readonly added: readonly string[];
}

const noteTogether = groupCommit((db: Db, notes: readonly SeenFiles[]) => {
  const given = JSON.stringify(notes.map(({ fence, files }) => ({ ...fence, files })));
  const runIds = [...new Set(notes.map(({ fence }) => fence.runId))].sort();
  return db.transaction(async (tx) => {
    // Of two that note the same file at once, the second has to find the first.
    await tx.execute(sql`
      SELECT count(pg_advisory_xact_lock(hashtextextended('files:' || run_id, 0)))
        FROM unnest(${sql.param(runIds)}::text[]) AS run_id`);
    const { rows } = await tx.execute<Noted>(sql`
      WITH given AS (
        SELECT * FROM jsonb_to_recordset(${given}::jsonb)
          AS given("runId" text, "taskId" text, epoch int, files text[])
      ), held AS MATERIALIZED (
        SELECT given.*, t.agent, coalesce(a.files, '{}') AS before FROM given
          JOIN aurora.tasks t ON t.run_id = "runId" AND t.id = "taskId" AND t.epoch = given.epoch
          JOIN aurora.attempts a
            ON a.run_id = "runId" AND a.task_id = "taskId" AND a.epoch = given.epoch
         WHERE t.state = 'running' ORDER BY t.run_id, t.id FOR SHARE OF t
      ), noted AS (
        UPDATE aurora.attempts a SET files = held.files FROM held
         WHERE a.run_id = "runId" AND a.task_id = "taskId" AND a.epoch = held.epoch
      )
      SELECT "runId", "taskId", epoch, agent,
             ARRAY(SELECT unnest(files) EXCEPT SELECT unnest(before)) AS added FROM held`);
    const told = await tellSharers(
      tx,
      rows.filter(({ added }) => added.length > 0),
    );
    return notes.map(({ fence }) => told.has(fence.runId));
  });
});

/** Files that one message names. */
const maxFiles = 100;

/** @returns the runs in which somebody was told */
async function tellSharers(tx: DbOrTx, noted: readonly Noted[]): Promise<ReadonlySet<string>> {
  if (noted.length === 0) return new Set();
  const { rows } = await tx.execute<{
    place: number;
    taskId: string;
    epoch: number;
    agent: string;
    files: string[];
  }>(sql`
    SELECT n.place::int - 1 AS place, o.id AS "taskId", o.epoch, o.agent,
           ARRAY(SELECT unnest(n.added) INTERSECT SELECT unnest(a.files) ORDER BY 1) AS files
      FROM ROWS FROM (
        jsonb_to_recordset(${JSON.stringify(noted)}::jsonb)
          AS ("runId" text, "taskId" text, added text[])
      ) WITH ORDINALITY AS n("runId", "taskId", added, place)
      JOIN aurora.tasks o
        ON o.run_id = n."runId" AND o.id <> n."taskId" AND o.state = 'running'
      JOIN aurora.attempts a ON a.run_id = o.run_id AND a.task_id = o.id AND a.epoch = o.epoch
     WHERE a.files && n.added`);
  const drafts = new Map<string, MessageDraft>();
  for (const { place, files, ...other } of rows) {
    const one = noted[place] as Noted;
    const { runId } = one;
    for (const [to, from] of [[one, other] as const, [other, one] as const]) {
      // Two that have noted it in one commit find each other.
      const key = JSON.stringify([runId, to.taskId, from.taskId]);
      const before = (drafts.get(key)?.payload as { files?: string[] } | undefined)?.files ?? [];
      const all = [...new Set([...before, ...files])].slice(0, maxFiles);
      drafts.set(key, {
        ...{ runId, taskId: to.taskId, epoch: to.epoch, type: 'FILES_SHARED' },
        ...{ sender: `agent:${from.agent}`, recipient: `agent:${to.agent}` },
        payload: { with: from.taskId, files: all },
      });
    }
  }
  await appendMessages(tx, [...drafts.values()]);
  return new Set([...drafts.values()].map(({ runId }) => runId));
}
