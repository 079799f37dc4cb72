import { z } from 'zod';
import type { CheckFeedback, FailedCheck } from '../../domain/feedback.ts';
import type { FeedbackQuestion } from '../forge.ts';
import type { ForgeClient } from '../forge-client.ts';
import { logTail } from '../log-tail.ts';

const statusSchema = z.object({
  id: z.int(),
  name: z.string(),
  status: z.string(),
  allow_failure: z.boolean().default(false),
  description: z.string().nullish(),
  target_url: z.string().nullish(),
});

/** Those of a pipeline that stands still until somebody presses a button are not among them. */
const underWay = ['created', 'waiting_for_resource', 'preparing', 'pending', 'running'];

/** What the jobs of a commit's pipelines, and others by the status API, say of it. */
export async function gitlabChecks(
  client: ForgeClient,
  project: string,
  { commit, seen, waitsForChecks, isGivenUp }: Omit<FeedbackQuestion, 'from' | 'into'>,
): Promise<Omit<CheckFeedback, 'unread'>> {
  const path = `${project}/repository/commits/${commit}/statuses`;
  const all = (await client.pages(path, z.array(statusSchema))).flat();
  const running = all.filter(({ status }) => underWay.includes(status)).length;
  if (waitsForChecks && running > 0) return { checks: [], running };
  const checks: FailedCheck[] = [];
  for (const { id, name, status, allow_failure, description, target_url } of all) {
    const check = `gitlab:job:${id}`;
    if (status !== 'failed' || allow_failure || seen.has(check)) continue;
    checks.push({
      ...{ id: check, name, url: target_url ?? null, summary: description ?? '', places: [] },
      log: isGivenUp(name) ? null : await logTail(client, `${project}/jobs/${id}/trace`),
    });
  }
  return { checks, running };
}
