import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ChaosPlan } from './chaos-plan.ts';
import { isSkipped } from './check-run.ts';
import type { WebClient } from './web-client.ts';

/** Milliseconds between two looks at the open questions. */
const interval = 1_000;

/**
 * The one person of the harness's fleet, who answers every question: "skip" where the task's conduct
 * asks for it, "retry" to all others.
 *
 * @param plans by run
 * @param answers where agents read that they were told to try again
 */
export async function answerQuestions(
  web: WebClient,
  plans: ReadonlyMap<string, ChaosPlan>,
  answers: string,
  signal: AbortSignal,
  note: (line: string) => void,
): Promise<void> {
  while (!signal.aborted) {
    await sleep(interval, undefined, { signal });
    for (const { id, runId, taskId } of await web.openQuestions()) {
      const task = plans.get(runId)?.tasks.find((each) => each.id === taskId);
      if (task === undefined) continue; // Submitted, but we do not know its id yet.
      const action = isSkipped(task) ? 'skip' : 'retry';
      if (action === 'retry') await writeFile(path.join(answers, `${runId}.${taskId}`), '');
      await web.answer(id, action);
      note(`a person said "${action}" to ${taskId}`);
    }
  }
}
