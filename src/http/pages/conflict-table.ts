import type { MergeConflictRow } from '../../storage/merge-conflict-store.ts';
import { html, type Html } from './html.ts';

/** The conflicts that a run's merges met; nothing when they met none. */
export function conflictTable(conflicts: readonly MergeConflictRow[]): Html | false {
  if (conflicts.length === 0) return false;
  return html`<h3>Merge conflicts</h3>
    <table>
      <thead>
        <tr>
          <th scope="col">Task</th>
          <th scope="col">Place</th>
          <th scope="col">Outcome</th>
          <th scope="col">Resolver</th>
          <th scope="col">Confidence</th>
          <th scope="col">Check</th>
        </tr>
      </thead>
      <tbody>
        ${conflicts.map(
          ({ taskId, path, line, resolved, resolver, confidence, verified, doubt }) =>
            html`<tr>
              <td><a href="#task-${taskId}">${taskId}</a></td>
              <th scope="row"><code>${path}:${line}</code></th>
              <td>${resolved ? 'resolved' : 'left'} ${doubt ?? ''}</td>
              <td>${resolver ?? 'none'}</td>
              <td>${confidence.toFixed(2)}</td>
              <td>${verified === null ? 'none' : verified ? 'passed' : 'failed'}</td>
            </tr>`,
        )}
      </tbody>
    </table>`;
}
