import type { RunState } from '../../domain/run.ts';
import type { TaskState } from '../../domain/task.ts';
import { html, type Html } from './html.ts';

/** A sign beside the colour: not everybody can tell red from green. */
export const stateSigns: Readonly<Record<RunState | TaskState, string>> = {
  submitted: '○',
  planned: '○',
  waiting: '○',
  running: '●',
  blocked: '!',
  done: '✓',
  failed: '✕',
  skipped: '→',
  cancelled: '–',
};

export function stateBadge(state: RunState | TaskState): Html {
  return html`<span class="badge s-${state}"
    ><span aria-hidden="true">${stateSigns[state]}</span> ${state}</span
  >`;
}
