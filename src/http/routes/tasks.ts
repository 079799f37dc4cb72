import { showTask, taskDetailSchema } from '../calls/task-calls.ts';
import type { HttpApp } from '../http-app.ts';
import type { HttpDeps } from '../http-deps.ts';
import { taskParams } from '../resources.ts';

export function taskRoutes({ db }: HttpDeps) {
  return async (app: HttpApp): Promise<void> => {
    app.get(
      '/tasks/:runId/:taskId',
      {
        schema: {
          tags: ['tasks'],
          summary: 'A task with its attempts',
          params: taskParams,
          response: { 200: taskDetailSchema },
        },
      },
      async (request) => showTask(db, request.params),
    );
  };
}
