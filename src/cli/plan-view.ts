import pc from 'picocolors';
import { drawnPlan, type DrawnPlan } from '../drawing/drawn-plan.ts';
import { terminalGraph } from '../drawing/terminal-graph.ts';
import type { PlannedPreview } from '../maestro/preview-plan.ts';
import { plannerLines } from './planner-lines.ts';
import { formatDuration, oneLine } from './format.ts';

/** Questions and overlaps that are shown; the JSON has them all. */
const maxShown = 20;

export function drawPreview({ plan, assignments, reasons }: PlannedPreview): DrawnPlan {
  const agentOf = new Map(assignments.map(({ taskId, agent }) => [taskId, agent]));
  return drawnPlan(
    plan.tasks.map((task) => ({ ...task, agent: agentOf.get(task.id) ?? '' })),
    reasons,
  );
}

/** A plan for a person at a terminal. */
export function renderPlan(preview: PlannedPreview, columns: number, why = false): string {
  return [
    pc.bold(oneLine(preview.plan.title, columns)),
    ...plannerLines(preview.plannedBy, Infinity),
    ...requirementLines(preview, columns),
    ...graphLines(preview, columns, why),
    ...analysisLines(preview, columns),
    ...listed('Questions', preview.questions, columns),
  ].join('\n');
}

function requirementLines({ plan }: PlannedPreview, columns: number): string[] {
  if (plan.requirements.length === 0) return [];
  return [
    '',
    pc.bold(`Requirements (${plan.requirements.length})`),
    ...plan.requirements.map(({ id, title, kind, category, priority }) => {
      const sort = category ?? (kind === 'functional' ? '' : 'non-functional');
      const notes = [sort, priority].filter(Boolean).join(', ');
      return `  ${id} ${oneLine(title, columns - notes.length - id.length - 5)} ${pc.dim(notes)}`;
    }),
  ];
}

/** The plan as a drawing, top to bottom, each task with its agent and what it serves. */
function graphLines(preview: PlannedPreview, columns: number, why: boolean): string[] {
  const scores = new Map(preview.assignments.map((each) => [each.taskId, each]));
  const serves = new Map(preview.plan.tasks.map((task) => [task.id, task.requirements]));
  const rows = terminalGraph(drawPreview(preview));
  const critical = new Set(preview.analysis.criticalPath);
  const idWidth = Math.max(0, ...rows.map(({ task }) => task.id.length));
  const agentWidth = Math.max(0, ...rows.map(({ task }) => task.agent.length));
  let step = 0;
  return [
    '',
    `${pc.bold(`Tasks (${rows.length})`)} ${pc.dim('step · what waits for what · agent · score · serves; bold: the critical path')}`,
    ...rows.flatMap(({ rails, task, step: own }) => {
      const number = own === step ? '' : String(own);
      step = own;
      const id = task.id.padEnd(idWidth);
      const score = (scores.get(task.id)?.score.score ?? 0).toFixed(3);
      const ids = (serves.get(task.id) ?? []).map((each) => each.replace('REQ-', ''));
      const used = 3 + rails.length + idWidth + agentWidth + score.length + 8;
      const line = [
        ...[pc.dim(number.padStart(3)), pc.cyan(rails), critical.has(task.id) ? pc.bold(id) : id],
        ...[task.agent.padEnd(agentWidth), score, pc.dim(oneLine(ids.join(' '), columns - used))],
      ].join(' ');
      return why ? [line, ...reasonLines(preview, task.id, columns)] : [line];
    }),
  ];
}

function reasonLines({ reasons }: PlannedPreview, taskId: string, columns: number): string[] {
  return Object.entries(reasons[taskId] ?? {}).map(([other, reason]) =>
    pc.dim(`        after ${other}: ${oneLine(reason, columns - other.length - 16)}`),
  );
}

function analysisLines({ analysis }: PlannedPreview, columns: number): string[] {
  const { steps, width, criticalPath, estimateMs, overlaps } = analysis;
  const time =
    estimateMs === null
      ? 'unknown until tasks of these agents have run'
      : `about ${formatDuration(estimateMs)}, by how long tasks of this kind took before`;
  return [
    '',
    `${pc.bold('Critical path')} ${oneLine(criticalPath.join(' → '), columns - 14)}`,
    `${pc.bold('Shape')} ${steps} steps, at most ${width} tasks at once`,
    `${pc.bold('Estimate')} ${time}`,
    ...listed(
      'May touch the same files at the same time; merged one after the other',
      overlaps.map(
        ({ tasks: [a, b], globs }) => `${a} and ${b}: ${[...new Set(globs)].join(' and ')}`,
      ),
      columns,
    ),
  ];
}

function listed(title: string, lines: readonly string[], columns: number): string[] {
  if (lines.length === 0) return [];
  const more = lines.length > maxShown ? [`  … and ${lines.length - maxShown} more`] : [];
  const shown = lines.slice(0, maxShown).map((line) => `  ${oneLine(line, columns - 2)}`);
  return ['', pc.bold(title), ...shown, ...more];
}
