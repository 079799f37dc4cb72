import { coverageMarkdown, coverageOf } from '../domain/requirement-trace.ts';
import type { Db } from '../storage/database.ts';
import type { Run } from '../storage/run-store.ts';
import { listTasks } from '../storage/task-store.ts';
import { readTrace } from '../storage/trace-store.ts';

/** What a run's work is called, and a report of it in Markdown. */
export async function deliveryText(
  db: Db,
  run: Pick<Run, 'id' | 'title'>,
): Promise<{ readonly title: string; readonly body: string }> {
  const [traces, tasks] = await Promise.all([readTrace(db, run.id), listTasks(db, run.id)]);
  const merged = tasks
    .filter(({ mergeCommit }) => mergeCommit !== null)
    .map(({ id, spec, mergeCommit }) => `- \`${id}\` ${spec.title} (${mergeCommit?.slice(0, 10)})`);
  const open = tasks
    .filter(({ state }) => state !== 'done')
    .map(({ id, spec, state }) => `- \`${id}\` ${spec.title}: ${state}`);
  const sections = [
    ...(traces.length === 0 ? [] : ['## Requirements', coverageMarkdown(coverageOf(traces))]),
    ...(merged.length === 0 ? [] : ['## Merged tasks', merged.join('\n')]),
    ...(open.length === 0 ? [] : ['## Not done', open.join('\n')]),
    `Aurora-Run: ${run.id}`,
  ];
  return { title: run.title.replace(/\s+/g, ' ').trim(), body: sections.join('\n\n') };
}
