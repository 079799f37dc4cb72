import pc from 'picocolors';
import type { RunState } from '../domain/run.ts';
import type { TaskState } from '../domain/task.ts';

/** `1.2 s`, `3 min 20 s`, `2 h 5 min`; empty for what has not begun. */
export function formatDuration(milliseconds: number | null): string {
  if (milliseconds === null) return '';
  const seconds = milliseconds / 1_000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.floor(seconds % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

const colours: Readonly<Record<TaskState | RunState, (text: string) => string>> = {
  waiting: pc.dim,
  running: pc.cyan,
  done: pc.green,
  failed: pc.red,
  skipped: pc.yellow,
  cancelled: pc.yellow,
  submitted: pc.dim,
  planned: pc.dim,
  blocked: pc.red,
};

export function paintState(state: TaskState | RunState, text: string = state): string {
  return colours[state](text);
}

const marks: Readonly<Record<TaskState, string>> = {
  waiting: '·',
  running: '▸',
  done: '✔',
  failed: '✖',
  skipped: '↷',
  cancelled: '○',
};

export function stateMark(state: TaskState): string {
  return paintState(state, marks[state]);
}

/** A bar of the given width for a share of 0 to 1. */
export function formatBar(share: number, width: number): string {
  const filled = Math.round(Math.min(1, Math.max(0, share)) * width);
  return pc.green('█'.repeat(filled)) + pc.dim('░'.repeat(width - filled));
}

/** Text for one line of a terminal: no control characters, cut to `width`. */
export function oneLine(text: string, width: number): string {
  const plain = text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ').trim();
  return plain.length <= width ? plain : `${plain.slice(0, Math.max(0, width - 1))}…`;
}
