import { z } from 'zod';
import { AuroraError } from '../../domain/errors.ts';
import { getEscalation, listEscalations } from '../../storage/escalation-store.ts';
import { readProgress, type RunProgress } from '../../storage/progress-store.ts';
import { listProjectsWithLessons } from '../../storage/project-store.ts';
import { listRunsWithProject, listRunTitles } from '../../storage/run-view-store.ts';
import { getTask } from '../../storage/task-store.ts';
import { answerForm, readAnswerForm } from './answer-form.ts';
import { acceptForms } from '../forms.ts';
import type { HttpApp } from '../http-app.ts';
import type { HttpDeps } from '../http-deps.ts';
import { toProblem } from '../problem.ts';
import { runParams } from '../resources.ts';
import { runActions } from '../run-actions.ts';
import { lessonsPage } from './lessons-page.ts';
import { runPage } from './run-page.ts';
import { loadRunView } from './run-view.ts';
import { runsPage } from './runs-page.ts';
import { sendPage } from './send-page.ts';

const pageSize = 50;

/** The pages for people. Their forms work without the script. */
export function addPages(deps: HttpDeps) {
  const { db } = deps;
  const signedIn = deps.token !== undefined;
  return async (app: HttpApp): Promise<void> => {
    acceptForms(app);

    app.get(
      '/',
      { schema: { hide: true, querystring: z.object({ before: runParams.shape.id.optional() }) } },
      async (request, reply) => {
        const { before } = request.query;
        const [found, escalations] = await Promise.all([
          listRunsWithProject(db, {
            limit: pageSize + 1,
            ...(before === undefined ? {} : { before }),
          }),
          listEscalations(db),
        ]);
        const rows = found.slice(0, pageSize);
        const [progress, titles] = await Promise.all([
          readProgress(
            db,
            rows.map(({ run }) => run),
          ),
          listRunTitles(db, [...new Set(escalations.map(({ runId }) => runId))]),
        ]);
        return sendPage(
          reply,
          runsPage({
            rows: rows.map((row) => ({
              ...row,
              progress: progress.get(row.run.id) as RunProgress,
            })),
            escalations,
            titles,
            next: found.length > pageSize ? (rows.at(-1)?.run.id ?? null) : null,
            signedIn,
            now: new Date(),
          }),
        );
      },
    );

    app.get('/runs/:id', { schema: { hide: true, params: runParams } }, async (request, reply) =>
      sendPage(reply, runPage(await loadRunView(db, request.params.id), signedIn)),
    );

    app.get('/lessons', { schema: { hide: true } }, async (_request, reply) => {
      const projects = await listProjectsWithLessons(db);
      const reports = await Promise.all(
        projects.map(async ({ id, name }) => [name, await deps.memory.report(id)] as const),
      );
      return sendPage(reply, lessonsPage({ reports: new Map(reports), signedIn }));
    });

    for (const [action, { act }] of Object.entries(runActions)) {
      app.post(
        `/runs/:id/${action}`,
        { schema: { hide: true, params: runParams } },
        async (request, reply) => {
          await act(deps, request.params.id);
          return reply.redirect(`/runs/${request.params.id}`, 303);
        },
      );
    }

    app.post(
      '/runs/:id/amend',
      {
        schema: {
          hide: true,
          params: runParams,
          body: z.object({ change: z.string().trim().min(1).max(20_000) }),
        },
      },
      async (request, reply) => {
        await deps.amendRun(request.params.id, { change: request.body.change });
        return reply.redirect(`/runs/${request.params.id}#revisions-title`, 303);
      },
    );

    app.post(
      '/runs/:id/escalations/:escalation',
      {
        schema: {
          hide: true,
          params: runParams.extend({ escalation: runParams.shape.id }),
          body: answerForm,
        },
      },
      async ({ params, body: form }, reply) => {
        const { id, escalation } = params;
        try {
          const { taskId, runId } = await getEscalation(db, escalation);
          const { spec } = await getTask(db, runId, taskId);
          await deps.answerEscalation(escalation, readAnswerForm(form, spec));
        } catch (error) {
          if (!(error instanceof AuroraError) || error.kind !== 'input') throw error;
          const refused = { escalationId: escalation, why: error.message, form };
          return sendPage(
            reply.status(toProblem(error).status),
            runPage(await loadRunView(db, id), signedIn, refused),
          );
        }
        return reply.redirect(`/runs/${id}`, 303);
      },
    );
  };
}
