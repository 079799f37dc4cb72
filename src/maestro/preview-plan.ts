import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Agent } from '../domain/agent.ts';
import { assignTasks, type Assignment } from '../domain/assignment.ts';
import type { Environment } from '../git/git-environment.ts';
import { openMirror } from '../git/mirror.ts';
import type { PlanningResult } from './planning-result.ts';
import { planRequest } from './planning/request-planner.ts';
import { validatePlan } from './planning/plan-validator.ts';
import { withSources } from './sources.ts';

export interface PlannedPreview extends PlanningResult {
  readonly assignments: readonly Assignment[];
}

/**
 * Plans without a database: for looking at a plan before anything runs. Agents are scored as if all
 * were idle.
 *
 * @throws AuroraError requirement-invalid, plan-invalid, git-failed
 */
export async function planWithoutRecord(options: {
  readonly request: { readonly requirement?: string; readonly plan?: unknown };
  readonly agents: readonly Agent[];
  readonly repository: { readonly url: string; readonly commit: string } | undefined;
  readonly environment: Environment;
}): Promise<PlannedPreview> {
  const { request, agents, repository, environment } = options;
  const text = request.requirement;
  const planning =
    text === undefined
      ? validatePlan(request.plan, agents)
      : await withRepository(repository, environment, (repositoryDirectory) =>
          planRequest({ request: text, repositoryDirectory, agents }),
        );
  const assignments = assignTasks(planning.plan.tasks, agents, new Map());
  return { ...planning, assignments };
}

async function withRepository<T>(
  repository: { readonly url: string; readonly commit: string } | undefined,
  environment: Environment,
  use: (directory: string | null) => Promise<T>,
): Promise<T> {
  if (repository === undefined) return use(null);
  const folder = await mkdtemp(path.join(tmpdir(), 'aurora-preview-'));
  try {
    const mirror = await openMirror({
      url: repository.url,
      directory: path.join(folder, 'mirror'),
      environment,
    });
    return await withSources(mirror, repository.commit, use);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
