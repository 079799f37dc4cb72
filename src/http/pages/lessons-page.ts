import type { LessonReport } from '../../memory/lesson-report.ts';
import { html, type Html } from './html.ts';
import { layout } from './layout.ts';

export interface LessonsView {
  /** By the project's name. */
  readonly reports: ReadonlyMap<string, LessonReport>;
  readonly signedIn: boolean;
}

/** Lessons of a project that the page shows. */
const shown = 50;

/** What lessons do: attempts that had them beside attempts that they were withheld from. */
export function lessonsPage({ reports, signedIn }: LessonsView): Html {
  return layout({
    title: 'Lessons',
    signedIn,
    body: html`<h1>Lessons</h1>
      <p class="quiet">
        What failed attempts taught, and whether it helps: each lesson of another task is withheld
        from a share of the attempts, and these are compared with those that had it.
      </p>
      ${[...reports].map(([project, report]) => projectLessons(project, report))}
      ${reports.size === 0 && html`<div class="card empty"><p>Nothing has failed yet.</p></div>`}`,
  });
}

function projectLessons(project: string, report: LessonReport): Html {
  const { lessons, states, effect, tried } = report;
  return html`<h2>${project}</h2>
    <p>
      ${lessons} ${lessons === 1 ? 'lesson' : 'lessons'}: ${states.proven} proven, ${states.trial}
      on trial, ${states.retired} retired. With a lesson of another task
      ${share(report.successes, report.trials)} succeeded, without it
      ${share(report.withheldSuccesses, report.withheldTrials)}.
      ${
        effect &&
        html`<strong>Gain ${points(effect.lift)}</strong>, with 90 % certainty between
          ${points(effect.low)} and ${points(effect.high)}.`
      }
    </p>
    ${tried.length > 0 && lessonTable(tried.slice(0, shown))}`;
}

function lessonTable(lessons: LessonReport['tried']): Html {
  return html`<div class="scroll card flush">
    <table>
      <thead>
        <tr>
          <th scope="col">Advice</th>
          <th scope="col">State</th>
          <th scope="col">With it</th>
          <th scope="col">Without</th>
          <th scope="col">Gain</th>
        </tr>
      </thead>
      <tbody>
        ${lessons.map(
          (lesson) =>
            html`<tr>
              <th scope="row">
                ${lesson.improvedApproach.slice(0, 300)}
                <span class="sub">learned by ${lesson.taskId}</span>
              </th>
              <td>${lesson.state}</td>
              <td class="number">${lesson.successes} of ${lesson.trials}</td>
              <td class="number">${lesson.withheldSuccesses} of ${lesson.withheldTrials}</td>
              <td class="number">${points(lesson.lift)}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

const share = (part: number, whole: number) =>
  whole === 0 ? 'none of 0 attempts' : `${Math.round((100 * part) / whole)} % of ${whole} attempts`;
const points = (gain: number) =>
  `${gain < 0 ? '−' : '+'}${Math.abs(Math.round(100 * gain))} points`;
