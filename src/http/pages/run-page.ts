import { spendText } from '../../domain/budget.ts';
import { maskCredentials } from '../../git/mask-credentials.ts';
import { plannedByText } from '../../domain/planned-by.ts';
import { integrationBranch } from '../../domain/run.ts';
import { isFinished } from '../../storage/run-store.ts';
import { escalationForms, type RefusedAnswer } from './escalation-form.ts';
import { age, clip, elapsed, formatDuration } from './format.ts';
import { deliveryRow } from './delivery-row.ts';
import { conflictTable } from './conflict-table.ts';
import { preventedTable } from './prevented-table.ts';
import { graphSvg } from './graph-svg.ts';
import { html, type Html } from './html.ts';
import { layout } from './layout.ts';
import { messageLog } from './message-log.ts';
import { progressBar, progressLegend, progressText } from './progress-bar.ts';
import { requirementTable } from './requirement-table.ts';
import { revisionSection } from './revision-section.ts';
import type { RunView } from './run-view.ts';
import { stateBadge } from './state-badge.ts';
import { taskTable } from './task-table.ts';

/** Rows that one page holds; the JSON has them all. */
const maxRows = 500;
/** Characters of the request that are shown. */
const maxRequest = 20_000;

/** @param refused an answer that could not be taken */
export function runPage(view: RunView, signedIn: boolean, refused?: RefusedAnswer): Html {
  const { run, messages } = view;
  return layout({
    title: run.title,
    ...{ signedIn, address: `/runs/${run.id}` },
    ...(isFinished(run)
      ? {}
      : { events: `/v1/runs/${run.id}/events?after=${messages[0]?.id ?? 0}` }),
    body: html`<div id="summary" data-live>${summary(view)}</div>
      <div id="escalations" data-live>
        ${escalationForms(view.escalations, view.tasks, refused)}
      </div>
      <section aria-labelledby="asked-title">
        <h2 id="asked-title">What was asked</h2>
        ${asked(view)}
        <div id="planned-by" data-live>${plannedBy(view)}</div>
        <div id="open-questions" data-live>${questions(view)}</div>
      </section>
      <section aria-labelledby="requirements-title">
        <h2 id="requirements-title">Requirements</h2>
        <div id="requirements" data-live class="card flush scroll">
          ${requirementTable(view.requirements)}
        </div>
      </section>
      <section aria-labelledby="revisions-title">
        <h2 id="revisions-title">Changes of the plan</h2>
        <div id="revisions" data-live>${revisionSection(view.run, view.revisions, view.now)}</div>
      </section>
      <section aria-labelledby="graph-title">
        <h2 id="graph-title">Plan</h2>
        <div class="card scroll" tabindex="0" aria-labelledby="graph-title">
          <div id="graph" data-live>${graphSvg(view.tasks, view.dependencies)}</div>
        </div>
      </section>
      <section aria-labelledby="tasks-title">
        <h2 id="tasks-title">Tasks</h2>
        <div id="tasks" data-live class="card flush scroll">${tasks(view)}</div>
        <div id="conflicts" data-live>
          ${conflictTable(view.conflicts)}${preventedTable(view.prevented)}
        </div>
      </section>
      <section aria-labelledby="log-title">
        <h2 id="log-title">Messages</h2>
        <div id="log" data-live class="card scroll tall" tabindex="0">${messageLog(messages)}</div>
      </section>`,
  });
}

function summary(view: RunView): Html {
  const { run, project, progress, remaining, now } = view;
  const used = spendText(progress.spent, run.budget);
  return html`<div class="title">
      <h1>${run.title}</h1>
      ${stateBadge(run.state)}
      ${
        run.abortRequestedAt !== null &&
        !isFinished(run) &&
        html`<span class="badge s-failed">aborting</span>`
      }
      ${
        run.approval === 'pending' &&
        !isFinished(run) &&
        html`<span class="badge s-blocked">waits for approval</span>`
      }
      ${run.pausedAt !== null && !isFinished(run) && html`<span class="badge s-blocked">paused</span>`}
      ${controls(view)}
    </div>
    ${progressBar(progress.counts)}
    <div class="under-bar">
      <strong
        >${progressText(progress)}${
          remaining !== null && `, about ${formatDuration(remaining)} left`
        }</strong
      >${progressLegend(progress.counts)}
    </div>
    ${run.error !== null && html`<p class="error">${run.error}</p>`}
    <dl class="facts">
      <div>
        <dt>Project</dt>
        <dd>${project}</dd>
      </div>
      <div>
        <dt>Run</dt>
        <dd><code>${run.id}</code></dd>
      </div>
      <div>
        <dt>Priority</dt>
        <dd>${run.priority}</dd>
      </div>
      <div>
        <dt>Submitted</dt>
        <dd>${age(run.createdAt, now)}</dd>
      </div>
      <div>
        <dt>Time</dt>
        <dd>${elapsed(run.startedAt, run.finishedAt, now)}</dd>
      </div>
      ${
        used !== '' &&
        html`<div>
          <dt>Spent</dt>
          <dd>${used}</dd>
        </div>`
      }
      ${
        run.repository !== null &&
        html`<div>
            <dt>Repository</dt>
            <dd><code>${maskCredentials(run.repository)}</code></dd>
          </div>
          <div>
            <dt>Branch</dt>
            <dd><code>${integrationBranch(run.id)}</code></dd>
          </div>
          ${view.deliveries.map(deliveryRow)}`
      }
    </dl>`;
}

/** What can be done with the run as it is. */
function controls({ run, tasks: all }: RunView): Html | false {
  const button = (action: string, label: string) =>
    html`<form method="post" action="/runs/${run.id}/${action}"><button>${label}</button></form>`;
  const canRetry = isFinished(run)
    ? run.state !== 'done'
    : all.some((task) => task.state === 'failed');
  const retry = canRetry && button('retry', 'Retry what failed');
  if (isFinished(run)) return retry;
  if (run.abortRequestedAt !== null) return false;
  return html`${retry} ${run.approval === 'pending' && button('approve', 'Approve the plan')}
    ${run.pausedAt === null ? button('pause', 'Pause') : button('resume', 'Resume')}
    <form method="post" action="/runs/${run.id}/abort" data-confirm="Abort this run?">
      <button class="danger">Abort</button>
    </form>`;
}

function asked({ source }: RunView): Html {
  if (source.kind === 'requirement') {
    return html`<blockquote class="card">${clip(source.text, maxRequest)}</blockquote>`;
  }
  return html`<details class="card" id="asked-plan">
    <summary>A plan file with ${source.plan.tasks.length} tasks</summary>
    <pre>${clip(JSON.stringify(source.plan, null, 2), maxRequest)}</pre>
  </details>`;
}

/** The rules say nothing of themselves, unless they stood in for a model. */
function plannedBy({ run }: RunView): Html | false {
  if (!run.plannedBy?.model) return false;
  return html`<p class="quiet">Planned by ${plannedByText(run.plannedBy)}</p>`;
}

function questions({ run }: RunView): Html | false {
  if (run.questions.length === 0) return false;
  return html`<h3>What planning could not decide</h3>
    <ul>
      ${run.questions.map((question) => html`<li>${question}</li>`)}
    </ul>`;
}

function tasks(view: RunView): Html {
  if (view.tasks.length === 0) return html`<p class="quiet inset">Not planned yet.</p>`;
  const left = view.tasks.length - maxRows;
  return html`${taskTable({
    ...view,
    runId: view.run.id,
    tasks: view.tasks.slice(0, maxRows),
  })}
  ${
    left > 0 &&
    html`<p class="inset">
      ${left} more: see <a href="/v1/runs/${view.run.id}/tasks">the tasks as JSON</a>.
    </p>`
  }`;
}
