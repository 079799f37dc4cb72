import type { TaskState } from '../../domain/task.ts';
import type { RunProgress } from '../../storage/progress-store.ts';
import type { TaskCounts } from '../../storage/task-counts.ts';
import { html, type Html } from './html.ts';

const order: readonly TaskState[] = [
  'done',
  'skipped',
  'running',
  'failed',
  'cancelled',
  'waiting',
];

const total = (counts: TaskCounts): number =>
  Object.values(counts).reduce((sum, count) => sum + count, 0);

/** How far the run has come, and how many tasks need nothing more, of how many. */
export function progressText({ counts, share }: RunProgress): string {
  const all = total(counts);
  if (all === 0) return 'not planned yet';
  return `${Math.floor(share * 100)} %, ${counts.done + counts.skipped} of ${all} tasks`;
}

/** Shares of the states as one bar. An SVG: inline widths would need inline style. */
export function progressBar(counts: TaskCounts): Html {
  const all = Math.max(1, total(counts));
  let x = 0;
  const parts = order.map((state) => {
    const width = (counts[state] / all) * 1_000;
    const from = x;
    x += width;
    return width === 0
      ? ''
      : html`<rect
          class="f-${state}"
          x="${from.toFixed(1)}"
          width="${width.toFixed(1)}"
          height="8"
        />`;
  });
  return html`<svg
    class="bar"
    viewBox="0 0 1000 8"
    preserveAspectRatio="none"
    role="img"
    aria-label="${counts.done + counts.skipped} of ${total(counts)} tasks"
  >
    <rect class="f-waiting" width="1000" height="8" />
    ${parts}
  </svg>`;
}

/** The counts behind the bar, in words. */
export function progressLegend(counts: TaskCounts): Html {
  return html`<ul class="legend">
    ${order
      .filter((state) => counts[state] > 0)
      .map((state) => html`<li><i class="dot s-${state}"></i>${counts[state]} ${state}</li>`)}
  </ul>`;
}
