import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ChaosPlan } from './chaos-plan.ts';
import { isSkipped } from './check-run.ts';
import type { Intervention } from './intervention.ts';
import type { WebClient } from './web-client.ts';

/** Milliseconds between two looks at what there is to do. */
const interval = 1_000;

/** What the person has done. */
export type Deeds = Record<'answers' | 'pauses' | 'aborts', number>;

/**
 * The one person of the harness's fleet, who answers every question ("skip" where the task's conduct
 * asks for it, "retry" to all others), and pauses, resumes and aborts runs as their plans say.
 *
 * @param plans by run, the one under way last
 * @param answers where agents read that they were told to try again
 * @param deeds grows
 */
export async function playPerson(
  web: WebClient,
  plans: ReadonlyMap<string, ChaosPlan>,
  answers: string,
  deeds: Deeds,
  signal: AbortSignal,
  note: (line: string) => void,
): Promise<void> {
  const answerQuestions = async () => {
    for (const { id, runId, taskId } of await web.openQuestions()) {
      const tasks = plans.get(runId)?.tasks;
      if (tasks === undefined) continue; // Submitted, but we do not know its id yet.
      const action = tasks.some((each) => each.id === taskId && isSkipped(each)) ? 'skip' : 'retry';
      if (action === 'retry') await writeFile(path.join(answers, `${runId}.${taskId}`), '');
      await web.answer(id, action);
      deeds.answers++;
      note(`a person said "${action}" to ${taskId}`);
    }
  };
  const intervene = interventions(web, deeds, note);
  while (!signal.aborted) {
    await sleep(interval, undefined, { signal });
    await answerQuestions();
    const current = [...plans].at(-1);
    if (current !== undefined) await intervene(...current);
  }
}

/** @returns does what is due of what a run's plan says that is done to it */
function interventions(web: WebClient, deeds: Deeds, note: (line: string) => void) {
  const due = new Map<string, Intervention[]>();
  let paused: { readonly runId: string; readonly until: number } | undefined;
  return async (runId: string, plan: ChaosPlan): Promise<void> => {
    if (paused !== undefined) {
      if (Date.now() < paused.until) return;
      await web.control(paused.runId, 'resume');
      note(`a person resumed ${paused.runId}`);
      paused = undefined;
    }
    const left = due.get(runId) ?? [...plan.interventions];
    due.set(runId, left);
    const [next] = left;
    if (next === undefined || (await web.progress(runId)) < next.after) return;
    left.shift();
    if (!(await web.control(runId, next.act))) return; // It has ended.
    note(`a person did ${next.act} ${runId}`);
    deeds[next.act === 'pause' ? 'pauses' : 'aborts']++;
    if (next.act === 'pause') paused = { runId, until: Date.now() + next.lasts };
  };
}
