import type { LessonState } from '../../memory/lesson-effect.ts';
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
        What failed attempts taught, and whether it helps others. A lesson is withheld by chance
        from a share of the attempts that it fits; how these end is compared with how those end that
        had it. The attempts of its own task always have it and are not counted.
      </p>
      <ul class="quiet">
        <li>
          ${badge('proven')} it helps, with 95 % certainty: it has become a pattern of the project.
        </li>
        <li>${badge('trial')} too few attempts to tell.</li>
        <li>${badge('retired')} hardly any hope that it helps: other tasks get it no more.</li>
      </ul>
      ${[...reports].map(([project, report]) => projectLessons(project, report))}
      ${reports.size === 0 && html`<div class="card empty"><p>Nothing has failed yet.</p></div>`}`,
  });
}

function projectLessons(project: string, report: LessonReport): Html {
  const { lessons, states, tried } = report;
  const untried = lessons - tried.length;
  return html`<h2>${project}</h2>
    <p>
      ${lessons} ${lessons === 1 ? 'lesson' : 'lessons'}: ${states.proven} proven, ${states.trial}
      on trial, ${states.retired} retired. ${whole(report)}
    </p>
    ${tried.length > 0 && lessonTable(tried.slice(0, shown))}
    ${
      tried.length > shown &&
      html`<p class="quiet">
        ${tried.length - shown} more: <code>aurora memory report --project ${project} --json</code>
      </p>`
    }
    ${
      tried.length > 0 &&
      untried > 0 &&
      html`<p class="quiet">${untried} more that no attempt of another task has had yet.</p>`
    }`;
}

/** What lessons do together, as far as it can be told. */
function whole({ trials, successes, withheldTrials, withheldSuccesses, effect }: LessonReport) {
  if (trials === 0) return 'No attempt that had a lesson of another task has ended yet.';
  return html`With a lesson of another task ${share(successes, trials)} of ${trials} attempts
  succeeded,
  ${
    withheldTrials === 0
      ? 'and none that went without has ended yet.'
      : html`without it ${share(withheldSuccesses, withheldTrials)} of ${withheldTrials}.`
  }
  ${
    effect &&
    html`<strong>Gain ${points(effect.lift)}</strong>, with 90 % certainty ${points(effect.low)} to
      ${points(effect.high)}.`
  }`;
}

function lessonTable(lessons: LessonReport['tried']): Html {
  return html`<div class="scroll card flush">
    <table>
      <thead>
        <tr>
          <th scope="col">Advice</th>
          <th scope="col">State</th>
          <th scope="col" class="number">Succeeded with it</th>
          <th scope="col" class="number">Without it</th>
          <th scope="col" class="number">Gain</th>
        </tr>
      </thead>
      <tbody>
        ${lessons.map(
          (lesson) =>
            html`<tr>
              <th scope="row">
                ${lesson.improvedApproach.slice(0, 300)}
                <span class="sub">against: ${lesson.failureReason.slice(0, 200)}</span>
                <span class="sub">learned by ${teachers(lesson)} · ${lesson.id}</span>
              </th>
              <td>${badge(lesson.state)}</td>
              <td class="number">${part(lesson.successes, lesson.trials)}</td>
              <td class="number">${part(lesson.withheldSuccesses, lesson.withheldTrials)}</td>
              <td class="number">
                ${points(lesson.lift)}
                <span class="sub">${points(lesson.low)} to ${points(lesson.high)}</span>
              </td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

const looks: Readonly<Record<LessonState, readonly [string, string]>> = {
  proven: ['s-done', 'proven'],
  trial: ['s-waiting', 'on trial'],
  retired: ['s-failed', 'retired'],
};
const badge = (state: LessonState) =>
  html`<span class="badge ${looks[state][0]}">${looks[state][1]}</span>`;

const teachers = ({ taskId, taught }: LessonReport['tried'][number]) =>
  taught === 1
    ? taskId
    : `${taskId} and in ${taught - 1} other ${taught === 2 ? 'attempt' : 'attempts'}`;

const share = (part: number, all: number) => `${Math.round((100 * part) / all)} %`;
const part = (some: number, all: number) =>
  all === 0
    ? html`<span class="quiet">none yet</span>`
    : html`${some} of ${all} <span class="sub">${share(some, all)}</span>`;
const points = (gain: number) =>
  `${gain < 0 ? '−' : '+'}${Math.abs(Math.round(100 * gain))} points`;
