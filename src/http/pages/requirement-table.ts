import type { RequirementState } from '../../domain/requirement-state.ts';
import { coverageOf, type RequirementTrace } from '../../domain/requirement-trace.ts';
import { html, type Html } from './html.ts';
import { stateSigns } from './state-badge.ts';

/** Commits that one row shows; the JSON has them all. */
const maxCommits = 4;

/** Sign and colour of each state. */
const looks: Readonly<Record<RequirementState, readonly [sign: string, like: string]>> = {
  uncovered: ['✕', 'failed'],
  open: ['○', 'waiting'],
  unmerged: ['✕', 'failed'],
  unverified: ['!', 'blocked'],
  waived: ['→', 'skipped'],
  unchecked: ['?', 'skipped'],
  done: ['✓', 'done'],
  withdrawn: ['–', 'cancelled'],
};

/** Each requirement with the tasks, commits and checks that stand behind it. */
export function requirementTable(traces: readonly RequirementTrace[]): Html {
  if (traces.length === 0) return html`<p class="quiet inset">None are recorded.</p>`;
  const coverage = coverageOf(traces);
  return html`<table>
    <thead>
      <tr>
        <th scope="col">Id</th>
        <th scope="col">Requirement</th>
        <th scope="col">State</th>
        <th scope="col">Tasks</th>
        <th scope="col">Commits</th>
        <th scope="col">Checks</th>
      </tr>
    </thead>
    <tbody>
      ${traces.map((trace, index) => row(trace, coverage[index]))}
    </tbody>
  </table>`;
}

function row(
  { requirement, state, reason, tasks }: RequirementTrace,
  covered: ReturnType<typeof coverageOf>[number] | undefined,
): Html {
  const commits = covered?.commits ?? [];
  const checks = covered?.checks ?? { total: 0, passed: 0 };
  return html`<tr id="requirement-${requirement.id}">
    <td><code>${requirement.id}</code></td>
    <th scope="row">
      ${requirement.title}
      <span class="sub"
        >${requirement.category ?? requirement.kind.replace('_', '-')},
        ${requirement.priority}</span
      >
    </th>
    <td>
      <span class="badge s-${looks[state][1]}"
        ><span aria-hidden="true">${looks[state][0]}</span> ${state}</span
      >
      ${reason !== null && state !== 'open' && html`<span class="sub">${reason}</span>`}
    </td>
    <td class="chips">
      ${tasks.map(
        (task) =>
          html`<a class="chip s-${task.state}" href="#task-${task.id}"
            ><span aria-label="${task.state}">${stateSigns[task.state]}</span> ${task.id}</a
          > `,
      )}
    </td>
    <td>
      ${commits.slice(0, maxCommits).map((commit) => html`<code>${commit.slice(0, 8)}</code> `)}
      ${commits.length > maxCommits && html`<span class="quiet">+${commits.length - maxCommits}</span>`}
    </td>
    <td class="number">
      ${checks.total === 0 ? html`<span class="quiet">–</span>` : html`${checks.passed}/${checks.total}`}
    </td>
  </tr>`;
}
