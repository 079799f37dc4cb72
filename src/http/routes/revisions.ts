import { z } from 'zod';
import { revisionCauses } from '../../domain/plan-change.ts';
import { amendmentSchema, readAmendment } from '../../maestro/revise-run.ts';
import { listRevisions, type Revision } from '../../storage/revision-store.ts';
import { getRun } from '../../storage/run-store.ts';
import type { HttpApp } from '../http-app.ts';
import type { HttpDeps } from '../http-deps.ts';
import { runParams } from '../resources.ts';

const ids = z.array(z.string());

const revisionSchema = z.object({
  /** 2 for the first change of the plan. */
  revision: z.number(),
  /** comments: on a plan that waited for approval. */
  cause: z.enum(revisionCauses),
  /** The whole request anew, or what is to be different. */
  asked: z.object({ request: z.string().optional(), change: z.string().optional() }),
  by: z.string().nullable(),
  createdAt: z.iso.datetime(),
  /** Null while it waits for what runs to be finished. */
  settledAt: z.iso.datetime().nullable(),
  /** How the plan differs from the one before; null until it is made. */
  change: z
    .object({
      requirements: z.object({ added: ids, changed: ids, withdrawn: ids }),
      tasks: z.object({ added: ids, changed: ids, removed: ids }),
    })
    .nullable(),
  questions: z.array(z.string()),
  /** Why it could not be made. */
  refusal: z.string().nullable(),
});

function toResource(row: Revision): z.infer<typeof revisionSchema> {
  const { revision, cause, by, createdAt, settledAt, change, questions, refusal } = row;
  const { request, change: words } = readAmendment(row);
  return {
    ...{ revision, cause, by, refusal, questions: [...questions] },
    asked: { ...(request === undefined ? {} : { request }), ...(words ? { change: words } : {}) },
    createdAt: createdAt.toISOString(),
    settledAt: settledAt?.toISOString() ?? null,
    change: change === null ? null : (structuredClone(change) as never),
  };
}

export function revisionRoutes({ db, amendRun }: HttpDeps) {
  return async (app: HttpApp): Promise<void> => {
    app.post(
      '/runs/:id/amend',
      {
        schema: {
          tags: ['runs'],
          summary: 'Change the requirements of a run; only what is affected is planned anew',
          description:
            'Of a run that waits for approval this sends the plan back with comments. `change` has lines such as "REQ-002: …" and "Drop REQ-003", and whatever else it says is added; `request` is the whole request anew.',
          params: runParams,
          body: amendmentSchema,
          response: { 202: revisionSchema },
        },
      },
      async (request, reply) => {
        const { id } = request.params;
        const { revision } = await amendRun(id, request.body);
        const rows = await listRevisions(db, id);
        const row = rows.find((each) => each.revision === revision) as Revision;
        return reply.status(202).send(toResource(row));
      },
    );

    app.get(
      '/runs/:id/revisions',
      {
        schema: {
          tags: ['runs'],
          summary: 'How the plan of a run was changed, oldest first',
          params: runParams,
          response: { 200: z.object({ revisions: z.array(revisionSchema) }) },
        },
      },
      async (request) => {
        const run = await getRun(db, request.params.id);
        return { revisions: (await listRevisions(db, run.id)).map(toResource) };
      },
    );
  };
}
