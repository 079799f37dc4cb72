import type { Escalation } from '../../storage/escalation-store.ts';
import type { RunProgress } from '../../storage/progress-store.ts';
import type { Run } from '../../storage/run-store.ts';
import { age, elapsed } from './format.ts';
import { html, type Html } from './html.ts';
import { layout } from './layout.ts';
import { progressBar, progressText } from './progress-bar.ts';
import { stateBadge } from './state-badge.ts';

export interface RunsView {
  readonly rows: readonly {
    readonly run: Run;
    readonly project: string;
    readonly progress: RunProgress;
  }[];
  readonly escalations: readonly Escalation[];
  readonly titles: ReadonlyMap<string, string>;
  /** Id to continue after. */
  readonly next: string | null;
  readonly signedIn: boolean;
  readonly now: Date;
}

export function runsPage(view: RunsView): Html {
  return layout({
    title: 'Runs',
    signedIn: view.signedIn,
    refresh: 4_000,
    body: html`<h1>Runs</h1>
      <div id="questions" data-live>${waitingForYou(view)}</div>
      <div id="runs" data-live>${view.rows.length === 0 ? nothing() : table(view)}</div>
      ${view.next && html`<p><a href="/?before=${view.next}" rel="next">Older runs</a></p>`}`,
  });
}

function table({ rows, now }: RunsView): Html {
  return html`<div class="scroll card flush">
    <table class="runs">
      <thead>
        <tr>
          <th scope="col">Run</th>
          <th scope="col">Project</th>
          <th scope="col">State</th>
          <th scope="col">Progress</th>
          <th scope="col">Time</th>
          <th scope="col">Submitted</th>
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          ({ run, project, progress }) =>
            html`<tr>
              <th scope="row">
                <a href="/runs/${run.id}">${run.title}</a>
                <code class="sub">${run.id}</code>
              </th>
              <td>${project}</td>
              <td>${stateBadge(run.state)}</td>
              <td class="progress">
                ${progressBar(progress.counts)}<span class="sub">${progressText(progress)}</span>
              </td>
              <td class="number">${elapsed(run.startedAt, run.finishedAt, now)}</td>
              <td class="number">${age(run.createdAt, now)}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

function nothing(): Html {
  return html`<div class="card empty">
    <p>Nothing has been asked for yet.</p>
    <pre><code>aurora run "Users can log in with e-mail and password" --repo ./my-project</code></pre>
    <p class="quiet">or send it to <code>POST /v1/runs</code>, see the <a href="/docs">API</a>.</p>
  </div>`;
}

function waitingForYou({ escalations, titles }: RunsView): Html | false {
  if (escalations.length === 0) return false;
  const runIds = [...new Set(escalations.map(({ runId }) => runId))];
  return html`<aside class="callout" aria-label="Waiting for you">
    <strong
      >${escalations.length} ${escalations.length === 1 ? 'question waits' : 'questions wait'} for
      you</strong
    >
    <ul>
      ${runIds.map(
        (id) => html`<li><a href="/runs/${id}#escalations">${titles.get(id) ?? id}</a></li>`,
      )}
    </ul>
  </aside>`;
}
