import { z } from 'zod';
import { AuroraError } from '../../domain/errors.ts';
import { escalationActionSchema, type EscalationAction } from '../../domain/escalation.ts';
import type { Escalation } from '../../storage/escalation-store.ts';
import { clip } from './format.ts';
import { html, type Html } from './html.ts';

/** What the form of an escalation sends. */
export const escalationForm = z.strictObject({
  action: z.enum(['retry', 'skip', 'reassign', 'answer', 'raise', 'abort']),
  words: z.string().max(20_000).default(''),
  agent: z.string().max(100).default(''),
  /** Of a budget; empty: not bounded. */
  costUsd: z.string().max(30).default(''),
  tokens: z.string().max(30).default(''),
});

/**
 * The one field of words means what the button says: advice, an answer, or why.
 *
 * @throws AuroraError request-invalid
 */
export function readEscalationForm(form: z.infer<typeof escalationForm>): EscalationAction {
  const { action, agent } = form;
  const words = form.words.trim() === '' ? undefined : form.words.trim();
  const fields = {
    retry: { advice: words },
    skip: { note: words },
    reassign: { agent: agent.trim(), advice: words },
    answer: { answer: words },
    raise: { budget: readBudget(form) },
    abort: { note: words },
  }[action];
  const parsed = escalationActionSchema.safeParse({ action, by: 'the web page', ...fields });
  if (parsed.success) return parsed.data;
  throw new AuroraError('request-invalid', z.prettifyError(parsed.error));
}

function readBudget({ costUsd, tokens }: z.infer<typeof escalationForm>) {
  return {
    ...(costUsd.trim() === '' ? {} : { costUsd: Number(costUsd) }),
    ...(tokens.trim() === '' ? {} : { tokens: Number(tokens) }),
  };
}

/** Whether and what a run waits for, with a form to answer each question. */
export function escalationForms(open: readonly Escalation[]): Html | false {
  if (open.length === 0) return false;
  return html`<aside class="callout" aria-label="Waiting for you">
    <strong
      >${open.length === 1 ? 'A question waits' : `${open.length} questions wait`} for you</strong
    >
    ${open.map(form)}
  </aside>`;
}

function form(escalation: Escalation): Html {
  return escalation.kind === 'budget' ? budgetForm(escalation) : taskForm(escalation);
}

function budgetForm({ id, runId, question }: Escalation): Html {
  return html`<form method="post" action="/runs/${runId}/escalations/${id}">
    <p>${question}</p>
    <label for="cost-${id}">US dollars in all</label>
    <input id="cost-${id}" name="costUsd" inputmode="decimal" maxlength="30" />
    <label for="tokens-${id}">Tokens in all</label>
    <input id="tokens-${id}" name="tokens" inputmode="numeric" maxlength="30" />
    <button class="primary" name="action" value="raise">Raise the budget</button>
    <button class="danger" name="action" value="abort">Abort the run</button>
  </form>`;
}

function taskForm({ id, runId, taskId, kind, question, options }: Escalation): Html {
  const asked = kind === 'question';
  return html`<form method="post" action="/runs/${runId}/escalations/${id}">
    <p>
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
    <input id="agent-${id}" name="agent" maxlength="63" placeholder="another agent" />
    <button name="action" value="reassign">Reassign</button>
    <button class="danger" name="action" value="abort">Abort the run</button>
  </form>`;
}
