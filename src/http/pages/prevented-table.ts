import type { PreventedConflictRow } from '../../storage/prevented-conflict-store.ts';
import { html, type Html } from './html.ts';

/** The conflicts that waiting has prevented in a run; nothing when there were none. */
export function preventedTable(prevented: readonly PreventedConflictRow[]): Html | false {
  if (prevented.length === 0) return false;
  return html`<h3>Prevented conflicts</h3>
    <table>
      <thead>
        <tr>
          <th scope="col">Task</th>
          <th scope="col">File</th>
          <th scope="col">Began after</th>
          <th scope="col">Because of</th>
        </tr>
      </thead>
      <tbody>
        ${prevented.map(
          ({ taskId, otherId, path, by }) =>
            html`<tr>
              <td><a href="#task-${taskId}">${taskId}</a></td>
              <th scope="row"><code>${path}</code></th>
              <td><a href="#task-${otherId}">${otherId}</a></td>
              <td>${by === 'claim' ? 'files that it was changing' : 'the plan'}</td>
            </tr>`,
        )}
      </tbody>
    </table>`;
}
