import pc from 'picocolors';
import type { LessonReport } from '../memory/lesson-report.ts';
import { oneLine } from './format.ts';
import { renderTable } from './table.ts';

/** Lessons that a terminal shows. */
const shown = 20;

/** What lessons do, for a terminal: the whole first, then one by one. */
export function describeLessons(report: LessonReport): string {
  const { lessons, states, effect, tried } = report;
  if (lessons === 0) return 'Nothing has failed here yet, so there is no lesson.';
  const lines = [
    `${lessons} ${lessons === 1 ? 'lesson' : 'lessons'}: ${states.proven} proven, ${states.trial} on trial, ${states.retired} retired`,
    ...(report.trials === 0
      ? []
      : [
          `with a lesson of another task ${share(report.successes, report.trials)} attempts succeeded, ` +
            `without it ${share(report.withheldSuccesses, report.withheldTrials)}`,
        ]),
    effect === null
      ? pc.dim('What lessons do shows when attempts both with and without them have ended.')
      : `gain ${points(effect.lift)} (with 90 % certainty ${points(effect.low)} to ${points(effect.high)})`,
  ];
  if (tried.length > 0) {
    lines.push(
      '',
      renderTable(
        ['LESSON', 'STATE', 'WITH', 'WITHOUT', 'GAIN', 'TAUGHT', 'ADVICE'],
        tried
          .slice(0, shown)
          .map((lesson) => [
            lesson.id,
            lesson.state,
            `${lesson.successes}/${lesson.trials}`,
            `${lesson.withheldSuccesses}/${lesson.withheldTrials}`,
            points(lesson.lift),
            `${lesson.taught}×`,
            oneLine(lesson.improvedApproach, 60),
          ]),
      ),
    );
    if (tried.length > shown) lines.push(pc.dim(`… ${tried.length - shown} more with --json`));
  }
  return lines.join('\n');
}

const share = (part: number, whole: number) =>
  whole === 0 ? 'none of 0' : `${Math.round((100 * part) / whole)} % of ${whole}`;
const points = (gain: number) =>
  `${gain < 0 ? '−' : '+'}${Math.abs(Math.round(100 * gain))} points`;
