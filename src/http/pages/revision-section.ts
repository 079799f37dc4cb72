import { readAmendment } from '../../maestro/revise-run.ts';
import type { Revision } from '../../storage/revision-store.ts';
import { isFinished, type Run } from '../../storage/run-store.ts';
import { age, clip } from './format.ts';
import { html, type Html } from './html.ts';

const shownText = 2_000;

/** How the plan was changed, and the form that changes it. */
export function revisionSection(run: Run, revisions: readonly Revision[], now: Date): Html {
  return html`${revisions.map((revision) => entry(revision, now))}
  ${run.abortRequestedAt === null && run.state !== 'cancelled' && run.state !== 'submitted' && form(run)}`;
}

function entry(revision: Revision, now: Date): Html {
  const { request, change: words = request ?? '' } = readAmendment(revision);
  const { change, settledAt, refusal, by, createdAt } = revision;
  return html`<div class="card">
    <p>
      <strong>Revision ${revision.revision}</strong>
      <span class="quiet">${by ?? 'somebody'}, ${age(createdAt, now)}</span>
      ${settledAt === null && html`<span class="badge s-waiting">waits for what runs</span>`}
    </p>
    <blockquote>${clip(words, shownText)}</blockquote>
    ${refusal !== null && html`<p class="error">${refusal}</p>`}
    ${
      change !== null &&
      html`<ul>
        ${[
          line('Requirements', '+', change.requirements.added),
          line('Requirements', '~', change.requirements.changed),
          line('Requirements', '−', change.requirements.withdrawn),
          line('Tasks', '+', change.tasks.added),
          line('Tasks', '~', change.tasks.changed),
          line('Tasks', '−', change.tasks.removed),
        ]}
      </ul>`
    }
  </div>`;
}

function line(what: string, sign: string, ids: readonly string[]): Html | false {
  if (ids.length === 0) return false;
  return html`<li>${what} ${sign} ${ids.map((id) => html`<code>${id}</code> `)}</li>`;
}

function form({ id, approval, ...run }: Run): Html {
  const held = approval === 'pending';
  const title = held ? 'Send the plan back with comments' : 'Amend the requirements';
  return html`<details class="card" id="amend">
    <summary>${title}</summary>
    <form method="post" action="/runs/${id}/amend">
      <label for="change"
        >What is to be different: further requirements, “REQ-002: …” for another wording, “Drop
        REQ-003”.</label
      >
      <textarea id="change" name="change" rows="4" required maxlength="20000"></textarea>
      <button>${held ? 'Plan it anew' : isFinished(run) ? 'Amend and go on' : 'Amend'}</button>
    </form>
  </details>`;
}
