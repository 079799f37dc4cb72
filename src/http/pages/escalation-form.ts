import type { Task } from '../../domain/task.ts';
import type { Escalation } from '../../storage/escalation-store.ts';
import type { TaskRow } from '../../storage/task-store.ts';
import type { AnswerForm } from './answer-form.ts';
import { clip } from './format.ts';
import { html, type Html } from './html.ts';
import { writeTaskFields } from './task-fields.ts';

/** An answer that could not be taken: it is shown again, with the reason. */
export interface RefusedAnswer {
  readonly escalationId: string;
  readonly why: string;
  readonly form: AnswerForm;
}

/** Whether and what a run waits for, with a form to answer each question. */
export function escalationForms(
  open: readonly Escalation[],
  tasks: readonly Pick<TaskRow, 'id' | 'spec'>[],
  refused?: RefusedAnswer,
): Html | false {
  if (open.length === 0) return false;
  return html`<aside class="callout" aria-label="Waiting for you">
    <strong
      >${open.length === 1 ? 'A question waits' : `${open.length} questions wait`} for you</strong
    >
    ${open.map((each) => {
      const own = refused?.escalationId === each.id ? refused : undefined;
      return html`<form method="post" action="/runs/${each.runId}/escalations/${each.id}">
        ${own !== undefined && html`<p class="error" role="alert">${own.why}</p>`}
        ${
          each.kind === 'budget'
            ? budgetFields(each, own?.form)
            : taskFields(each, tasks.find(({ id }) => id === each.taskId)?.spec, own?.form)
        }
      </form>`;
    })}
  </aside>`;
}

function budgetFields({ id, question }: Escalation, given?: AnswerForm): Html {
  return html`<p>${question}</p>
    <label for="cost-${id}">US dollars in all</label>
    <input
      id="cost-${id}"
      name="costUsd"
      inputmode="decimal"
      maxlength="30"
      value="${given?.costUsd ?? ''}"
    />
    <label for="tokens-${id}">Tokens in all</label>
    <input
      id="tokens-${id}"
      name="tokens"
      inputmode="numeric"
      maxlength="30"
      value="${given?.tokens ?? ''}"
    />
    <button class="primary" name="action" value="raise">Raise the budget</button>
    <button class="danger" name="action" value="abort">Abort the run</button>`;
}

function taskFields(
  { id, taskId, kind, question, options }: Escalation,
  task: Task | undefined,
  given?: AnswerForm,
): Html {
  const asked = kind === 'question';
  return html`<p>
      <a href="#task-${taskId}">${taskId}</a>${asked && ' asks'}: ${clip(question, 1_000)} (<a
        href="/v1/escalations/${id}"
        >history and diff</a
      >)
    </p>
    <label for="words-${id}">${asked ? 'Answer' : 'Advice or note'}</label>
    <input
      id="words-${id}"
      name="words"
      maxlength="20000"
      list="options-${id}"
      placeholder="${asked ? 'your answer' : 'optional'}"
      value="${given?.words ?? ''}"
    />
    ${
      asked &&
      html`<datalist id="options-${id}">
        ${options.map((option) => html`<option value="${option}"></option>`)}
      </datalist>`
    }
    ${asked && html`<button class="primary" name="action" value="answer">Answer</button>`}
    <button class="${asked ? '' : 'primary'}" name="action" value="retry">Retry</button>
    <button name="action" value="skip">Skip the task</button>
    <label for="agent-${id}">Agent</label>
    <input
      id="agent-${id}"
      name="agent"
      maxlength="63"
      placeholder="another agent"
      value="${given?.agent ?? ''}"
    />
    <button name="action" value="reassign">Reassign</button>
    <button class="danger" name="action" value="abort">Abort the run</button>
    ${task !== undefined && editFields(id, task, given)} ${splitFields(id, given)}`;
}

/** Everything that can be changed of the task; an agent that is named above gets it. */
function editFields(id: string, task: Task, given?: AnswerForm): Html {
  return html`<details id="edit-${id}" ${given?.action === 'edit' && 'open'}>
    <summary>Edit the task</summary>
    <div class="fields">
      ${writeTaskFields(task).map(({ name, label, rows, value }) => {
        const shown = (given as Record<string, string | undefined> | undefined)?.[`task-${name}`];
        return html`<label for="${name}-${id}">${label}</label>
          <textarea id="${name}-${id}" name="task-${name}" rows="${rows}">
${shown ?? value}</textarea>`;
      })}
      <button name="action" value="edit">Save and try again</button>
    </div>
  </details>`;
}

const example = `- { id: reads, title: "The reading half" }
- { id: writes, title: "The writing half", dependsOn: [reads] }`;

function splitFields(id: string, given?: AnswerForm): Html {
  return html`<details id="split-${id}" ${given?.action === 'split' && 'open'}>
    <summary>Split the task</summary>
    <div class="fields">
      <label for="parts-${id}"
        >Smaller tasks that are done first, in YAML or JSON; then the task itself puts them
        together</label
      >
      <textarea id="parts-${id}" name="parts" rows="6" placeholder="${example}">
${given?.parts ?? ''}</textarea>
      <button name="action" value="split">Split</button>
    </div>
  </details>`;
}
