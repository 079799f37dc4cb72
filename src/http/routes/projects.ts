import { z } from 'zod';
import { maxParallelSchema, projectNameSchema } from '../../domain/project-limits.ts';
import { maskCredentials } from '../../git/mask-credentials.ts';
import { listProjects, type Project } from '../../storage/project-store.ts';
import type { HttpApp } from '../http-app.ts';
import type { HttpDeps } from '../http-deps.ts';

const projectSchema = z.object({
  id: z.string(),
  name: z.string(),
  repository: z.string().nullable(),
  /** How many tasks of all its runs may run at once; null: as many as there are slots. */
  maxParallel: maxParallelSchema,
});

const toProject = ({ id, name, repository, maxParallel }: Project) => ({
  ...{ id, name, maxParallel },
  repository: repository === null ? null : maskCredentials(repository),
});

export function projectRoutes(deps: HttpDeps) {
  return async (app: HttpApp): Promise<void> => {
    app.get(
      '/projects',
      {
        schema: {
          tags: ['projects'],
          summary: 'The projects, by name',
          response: { 200: z.object({ projects: z.array(projectSchema) }) },
        },
      },
      async () => ({ projects: (await listProjects(deps.db)).map(toProject) }),
    );

    app.patch(
      '/projects/:name',
      {
        schema: {
          tags: ['projects'],
          summary: 'Set how many tasks of a project may run at once, at once; null: no limit',
          params: z.object({ name: projectNameSchema }),
          body: z.strictObject({ maxParallel: maxParallelSchema }),
          response: { 200: projectSchema },
        },
      },
      async (request) =>
        toProject(await deps.limitProject(request.params.name, request.body.maxParallel)),
    );
  };
}
