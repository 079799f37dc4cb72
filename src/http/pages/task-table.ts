import { scoreText } from '../../domain/agent-score.ts';
import { assignmentHistory } from '../../storage/assignment-history.ts';
import type { Reassignment } from '../../storage/reassignment-store.ts';
import type { AttemptRow, TaskRow } from '../../storage/task-store.ts';
import { clip, elapsed } from './format.ts';
import { html, type Html } from './html.ts';
import { stateBadge } from './state-badge.ts';

export interface Advice {
  readonly taskId: string;
  readonly improvedApproach: string;
}

export interface TaskTableView {
  readonly runId: string;
  readonly tasks: readonly TaskRow[];
  readonly attempts: readonly AttemptRow[];
  /** How tasks came from agent to agent, oldest first. */
  readonly moves: readonly Reassignment[];
  /** What each waiting task waits for. */
  readonly reasons: ReadonlyMap<string, string>;
  /** What a lesson advises, by its id; undefined when it has been forgotten. */
  readonly adviceOf: (lessonId: string) => Advice | undefined;
  readonly now: Date;
}

export function taskTable(view: TaskTableView): Html {
  const attemptsOf = new Map<string, AttemptRow[]>();
  for (const attempt of view.attempts) {
    const list = attemptsOf.get(attempt.taskId) ?? [];
    list.push(attempt);
    attemptsOf.set(attempt.taskId, list);
  }
  return html`<table class="tasks">
    <thead>
      <tr>
        <th scope="col">Task</th>
        <th scope="col">Agent</th>
        <th scope="col">State</th>
        <th scope="col">Attempt</th>
        <th scope="col">Time</th>
        <th scope="col">What happened</th>
      </tr>
    </thead>
    <tbody>
      ${view.tasks.map((task) => row(task, attemptsOf.get(task.id) ?? [], view))}
    </tbody>
  </table>`;
}

function row(task: TaskRow, attempts: readonly AttemptRow[], view: TaskTableView): Html {
  const current = attempts.at(-1);
  return html`<tr id="task-${task.id}">
    <th scope="row">
      <a href="/v1/tasks/${view.runId}/${task.id}">${task.spec.title}</a>
      <span class="sub"
        ><code>${task.id}</code>${task.spec.requirements.map((id) => html` · ${id}`)}</span
      >
    </th>
    <td>
      ${task.agent}
      ${
        task.spec.role !== undefined &&
        task.spec.role !== task.agent &&
        html`<span class="sub">${task.spec.role}</span>`
      }
      ${assignments(
        task,
        view.moves.filter(({ taskId }) => taskId === task.id),
      )}
    </td>
    <td>${stateBadge(task.state)}</td>
    <td class="number">
      ${
        current === undefined
          ? html`<span class="quiet">–</span>`
          : html`${current.number} <span class="quiet">of ${task.spec.maxAttempts}</span>`
      }
    </td>
    <td class="number">
      ${
        task.startedAt === null
          ? html`<span class="quiet">–</span>`
          : elapsed(task.startedAt, endOf(task, current), view.now)
      }
    </td>
    <td class="story">${story(task, attempts, view)}</td>
  </tr>`;
}

/** Why the task is its agent's: each time that it was given to one, with the parts of the score. */
function assignments(task: TaskRow, moves: readonly Reassignment[]): Html {
  const steps = assignmentHistory(task, moves);
  return html`<details id="why-${task.id}">
    <summary class="quiet">
      ${steps.at(-1)?.score?.score.toFixed(2) ?? 'why'}${
        moves.length > 0 && `, assignment ${steps.length}`
      }
    </summary>
    ${steps.map(
      ({ agent, cause, reason, score }) =>
        html`<p>
          <strong>${agent}</strong>: ${cause}${reason !== null && `, ${clip(reason, 300)}`}
          ${score !== null && html`<span class="sub">${scoreText(score)}</span>`}
        </p>`,
    )}
  </details>`;
}

/** A task that waits for its next attempt does not go on taking time. */
function endOf(task: TaskRow, current: AttemptRow | undefined): Date | null {
  if (task.state === 'running') return null;
  return task.finishedAt ?? current?.finishedAt ?? null;
}

function story(
  task: TaskRow,
  attempts: readonly AttemptRow[],
  { adviceOf, reasons }: TaskTableView,
): Html {
  const reason = reasons.get(task.id);
  const failures = attempts.filter((attempt) => attempt.failure !== null);
  const lessons = [...new Set(attempts.flatMap((attempt) => attempt.lessons))];
  return html`${task.summary !== null && html`<p>${clip(task.summary, 300)}</p>`}
  ${reason !== undefined && html`<p class="quiet">${reason}</p>`}
  ${task.state === 'cancelled' && html`<p class="quiet">The run was aborted.</p>`}
  ${
    failures.length > 0 &&
    html`<details id="failures-${task.id}">
      <summary class="${task.state === 'done' ? 'quiet' : 'error'}">
        ${failures.length} failed ${failures.length === 1 ? 'attempt' : 'attempts'}:
        ${clip(failures.at(-1)?.failure?.message ?? '', 90)}
      </summary>
      ${failures.map(
        ({ number, failure }) =>
          html`<p><strong>Attempt ${number}</strong> (${failure?.class}): ${failure?.message}</p>
            ${failure?.evidence !== undefined && html`<pre>${clip(failure.evidence, 4_000)}</pre>`}`,
      )}
    </details>`
  }
  ${
    lessons.length > 0 &&
    html`<details id="lessons-${task.id}">
      <summary>${lessons.length} ${lessons.length === 1 ? 'lesson' : 'lessons'} given</summary>
      <ul>
        ${lessons.map((id) => {
          const advice = adviceOf(id);
          return advice === undefined
            ? html`<li class="quiet">${id}: no longer remembered</li>`
            : html`<li>
                ${advice.improvedApproach} <span class="quiet">(${advice.taskId})</span>
              </li>`;
        })}
      </ul>
    </details>`
  }`;
}
