import { z } from 'zod';
import type { CheckFeedback, FailedCheck } from '../../domain/feedback.ts';
import { logTail } from '../log-tail.ts';
import type { FeedbackQuestion } from '../forge.ts';
import type { GithubRepository } from './github-repository.ts';

const runSchema = z.object({
  id: z.int(),
  name: z.string(),
  status: z.string(),
  conclusion: z.string().nullable(),
  html_url: z.string().nullable(),
  app: z.object({ slug: z.string().optional() }).nullish(),
  output: z.object({
    title: z.string().nullable(),
    summary: z.string().nullable(),
    annotations_count: z.int().default(0),
  }),
});
type CheckRun = z.infer<typeof runSchema>;
const statusSchema = z.object({
  id: z.int(),
  context: z.string(),
  state: z.string(),
  description: z.string().nullable(),
  target_url: z.string().nullable(),
});
const annotationSchema = z.object({
  path: z.string(),
  start_line: z.int().nullish(),
  annotation_level: z.string().nullable(),
  message: z.string().nullable(),
});

const failures: readonly (string | null)[] = ['failure', 'timed_out', 'startup_failure'];
/** Annotations of one check that are told. */
const maxPlaces = 50;

/** What checks (GitHub Actions and other apps) and commit statuses say of a commit. */
export async function githubChecks(
  repo: GithubRepository,
  { commit, seen, waitsForChecks, isGivenUp }: Omit<FeedbackQuestion, 'from' | 'into'>,
): Promise<Omit<CheckFeedback, 'unread'>> {
  const { client, repository } = repo;
  const path = `/repos/${repository}/commits/${commit}`;
  const runs = (
    await client.pages(`${path}/check-runs`, z.object({ check_runs: z.array(runSchema) }))
  ).flatMap(({ check_runs }) => check_runs);
  const statuses = (
    await client.pages(`${path}/status`, z.object({ statuses: z.array(statusSchema) }))
  ).flatMap((page) => page.statuses);
  const running =
    runs.filter(({ status }) => status !== 'completed').length +
    statuses.filter(({ state }) => state === 'pending').length;
  if (waitsForChecks && running > 0) return { checks: [], running };
  const checks: FailedCheck[] = [];
  for (const run of runs.filter(({ conclusion }) => failures.includes(conclusion))) {
    if (!seen.has(`github:check:${run.id}`))
      checks.push(await failedRun(repo, run, isGivenUp(run.name)));
  }
  for (const { id, context: name, state, description, target_url: url } of statuses) {
    if (!['failure', 'error'].includes(state) || seen.has(`github:status:${id}`)) continue;
    const summary = description ?? '';
    checks.push({ id: `github:status:${id}`, name, url, summary, places: [], log: null });
  }
  return { checks, running };
}

async function failedRun(
  { client, repository }: GithubRepository,
  { id, name, html_url: url, app, output }: CheckRun,
  isGivenUp: boolean,
): Promise<FailedCheck> {
  const annotations =
    isGivenUp || output.annotations_count === 0
      ? []
      : (
          await client.pages(
            `/repos/${repository}/check-runs/${id}/annotations`,
            z.array(annotationSchema),
          )
        ).flat();
  return {
    ...{ id: `github:check:${id}`, name, url },
    summary: [output.title, output.summary].filter((each) => each !== null).join('\n'),
    places: annotations
      .filter(({ annotation_level }) => annotation_level !== 'notice')
      .slice(0, maxPlaces)
      .map(({ path: file, start_line, message }) => ({
        ...{ file, line: start_line ?? null, message: message ?? '' },
      })),
    // A check of GitHub Actions is a job under the same id.
    log:
      !isGivenUp && app?.slug === 'github-actions'
        ? await logTail(client, `/repos/${repository}/actions/jobs/${id}/logs`)
        : null,
  };
}
