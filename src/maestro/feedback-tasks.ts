import type { FailedCheck, ReviewThread } from '../domain/feedback.ts';
import { taskSchema, type Task } from '../domain/task.ts';
import type { TaskRow } from '../storage/task-store.ts';
import { checksPrompt, reviewPrompt } from './feedback-prompt.ts';

/** A task that answers feedback, and which. */
export interface AnsweringTask {
  readonly task: Task;
  /** The agent that did the work it is about. */
  readonly agent: string;
  readonly answers: readonly { readonly id: string; readonly check: string | null }[];
}

/**
 * Turns what reviewers and checks say into tasks: one for each file that is spoken of, one for each review
 * of the whole, and one for all checks that failed, as they mostly fail for one reason.
 *
 * @param ownerOf whose task a file is, or without a file, who goes on with the whole
 * @param isTaken whether the run has a task of that id
 */
export function feedbackTasks(
  { threads, checks }: { threads: readonly ReviewThread[]; checks: readonly FailedCheck[] },
  ownerOf: (file: string | null) => TaskRow,
  isTaken: (id: string) => boolean,
): AnsweringTask[] {
  const used = new Set<string>();
  const freeId = (name: string) => {
    let count = 1;
    while (isTaken(`${name}-${count}`) || used.has(`${name}-${count}`)) count++;
    used.add(`${name}-${count}`);
    return `${name}-${count}`;
  };
  const groups = new Map<string, ReviewThread[]>();
  for (const thread of threads) {
    const key = thread.file ?? `/${thread.notes[0]?.id}`;
    groups.set(key, [...(groups.get(key) ?? []), thread]);
  }
  const reviews = [...groups.values()].map((group): AnsweringTask => {
    const file = group[0]?.file ?? null;
    const owner = ownerOf(file);
    const comments = group.flatMap(({ line, notes }) =>
      notes.map(({ author, body, url }) => ({ line, author, body, url })),
    );
    return {
      ...taskOf(owner, {
        id: freeId('review'),
        title: `Answer the review of ${file === null ? 'the pull request' : shown(file)}`,
        prompt: reviewPrompt(group),
        input: { review: { file, comments } },
      }),
      answers: group.flatMap(({ notes }) => notes.map(({ id }) => ({ id, check: null }))),
    };
  });
  if (checks.length === 0) return reviews;
  const [place] = checks.flatMap(({ places }) => places);
  const names = [...new Set(checks.map(({ name }) => name))];
  const mending = {
    ...taskOf(ownerOf(place?.file ?? null), {
      id: freeId('checks'),
      title: `Mend the failed checks: ${shown(names.join(', '))}`,
      prompt: checksPrompt(checks),
      input: { checks: checks.map(({ name, url }) => ({ name, url })) },
    }),
    answers: checks.map(({ id, name }) => ({ id, check: name })),
  };
  return [...reviews, mending];
}

const shown = (text: string) => text.replace(/\s+/g, ' ').slice(0, 150);

/** A task that goes on from another: for the same requirements, by the same kind of agent and check. */
function taskOf(
  { id: owner, agent, spec }: TaskRow,
  values: Pick<Task, 'id' | 'title' | 'prompt' | 'input'>,
): Pick<AnsweringTask, 'task' | 'agent'> {
  const { role, agent: fixed, capabilities, requirements, verify, priority } = spec;
  const { maxAttempts, timeout } = spec;
  const task = taskSchema.parse({
    ...values,
    ...{ capabilities, requirements, priority, maxAttempts, timeout, dependsOn: [owner] },
    ...(role === undefined ? {} : { role }),
    ...(fixed === undefined ? {} : { agent: fixed }),
    ...(verify === undefined ? {} : { verify }),
  });
  return { task, agent };
}
