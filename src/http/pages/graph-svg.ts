import type { Dependency } from '../../storage/plan-store.ts';
import type { TaskRow } from '../../storage/task-store.ts';
import { recordedGraph } from '../recorded-graph.ts';
import { clip } from './format.ts';
import { edgePath } from '../../drawing/edge-path.ts';
import { layoutGraph, nodeHeight, nodeWidth, type Point } from '../../drawing/graph-layout.ts';
import { html, type Html } from './html.ts';
import { stateSigns } from './state-badge.ts';

/** More than this nobody reads as a drawing, and no browser draws quickly. */
const maxDrawn = 400;

/** The tasks of a run as a drawing, dependencies on the left. */
export function graphSvg(tasks: readonly TaskRow[], dependencies: readonly Dependency[]): Html {
  if (tasks.length === 0) return html`<p class="quiet">Not planned yet.</p>`;
  if (tasks.length > maxDrawn) {
    return html`<p class="quiet">
      ${tasks.length} tasks are too many to draw; the
      <a href="/v1/runs/${tasks[0]?.runId}/graph">graph as JSON</a> has them all.
    </p>`;
  }
  const layout = layoutGraph(recordedGraph(tasks, dependencies));
  const byId = new Map(tasks.map((task) => [task.id, task]));
  const released = (id: string) => ['done', 'skipped'].includes(byId.get(id)?.state ?? '');
  return html`<svg
    class="dag"
    width="${Math.round(layout.width)}"
    height="${Math.round(layout.height)}"
    viewBox="0 0 ${Math.round(layout.width)} ${Math.round(layout.height)}"
    role="group"
    aria-label="Dependency graph of ${tasks.length} tasks"
  >
    <defs>
      <marker
        id="arrow"
        viewBox="0 0 8 8"
        refX="7"
        refY="4"
        markerWidth="7"
        markerHeight="7"
        orient="auto"
      >
        <path d="M0 0 8 4 0 8z" class="tip" />
      </marker>
    </defs>
    ${layout.edges.map(
      ({ from, points }) =>
        html`<path
          class="edge ${released(from) ? 'released' : ''}"
          d="${edgePath(points)}"
          marker-end="url(#arrow)"
        />`,
    )}
    ${tasks.map((task) => node(task, layout.nodes.get(task.id) ?? { x: 0, y: 0 }))}
  </svg>`;
}

function node(task: TaskRow, { x, y }: Point): Html {
  const at = `translate(${x.toFixed(1)} ${y.toFixed(1)})`;
  return html`<a
    href="#task-${task.id}"
    aria-label="${task.spec.title}: ${task.state}, agent ${task.agent}"
  >
    <g class="node n-${task.state}" transform="${at}">
      <title>${task.id}: ${task.spec.title} (${task.state})</title>
      <rect width="${nodeWidth}" height="${nodeHeight}" rx="8" />
      <rect class="mark" width="5" height="${nodeHeight - 16}" x="8" y="8" rx="2.5" />
      <svg width="${nodeWidth - 8}" height="${nodeHeight}">
        <text x="22" y="20">${clip(task.spec.title, 21)}</text>
        <text class="sub" x="22" y="36">${stateSigns[task.state]} ${clip(task.agent, 24)}</text>
      </svg>
    </g>
  </a>`;
}
