import { z } from 'zod';
import { deliveryKinds, deliveryTrouble } from '../../domain/delivery.ts';
import { listDeliveries, type Delivery } from '../../storage/delivery-store.ts';
import { getRun } from '../../storage/run-store.ts';
import type { HttpApp } from '../http-app.ts';
import type { HttpDeps } from '../http-deps.ts';
import { runParams } from '../resources.ts';

const deliverySchema = z.object({
  kind: z.enum(deliveryKinds),
  /** The branch, the file, or the branch that the pull request is for. */
  target: z.string(),
  /** The head of the run's work that is there; null: it is to be delivered when the run is done. */
  commit: z.string().nullable(),
  url: z.string().nullable(),
  deliveredAt: z.iso.datetime().nullable(),
  /** Whether Maestro delivers there each time that the run ends as done. */
  followed: z.boolean(),
  /** Why Maestro could not deliver it. */
  trouble: z.string().nullable(),
});

const syncedSchema = z.object({
  /** Null: the pull request is not open any more. */
  url: z.string().nullable(),
  tasks: z.array(z.object({ id: z.string(), title: z.string() })),
  /** What became no task, and why. */
  skipped: z.array(z.object({ what: z.string(), why: z.string() })),
  /** Checks that are waited for. */
  running: z.number(),
});

function toResource(row: Delivery): z.infer<typeof deliverySchema> {
  const { kind, target, commit, url, followed, at } = row;
  return {
    ...{ kind, target, commit, url, followed },
    deliveredAt: commit === null ? null : at.toISOString(),
    trouble: deliveryTrouble(row),
  };
}

export function deliveryRoutes({ db, syncFeedback }: HttpDeps) {
  return async (app: HttpApp): Promise<void> => {
    app.get(
      '/runs/:id/deliveries',
      {
        schema: {
          tags: ['runs'],
          summary: "Where a run's work has gone or is to go, oldest first",
          params: runParams,
          response: { 200: z.object({ deliveries: z.array(deliverySchema) }) },
        },
      },
      async (request) => {
        const run = await getRun(db, request.params.id);
        return { deliveries: (await listDeliveries(db, run.id)).map(toResource) };
      },
    );

    app.post(
      '/runs/:id/deliveries/sync',
      {
        schema: {
          tags: ['runs'],
          summary: "Make what reviewers and checks say of a run's pull request into tasks, now",
          description:
            'Each comment and each failed check becomes a task once; Maestro does it by itself, too.',
          params: runParams,
          response: { 200: z.object({ pullRequests: z.array(syncedSchema) }) },
        },
      },
      async (request) => ({
        pullRequests: (await syncFeedback(request.params.id)).map(({ tasks, skipped, ...one }) => ({
          ...one,
          tasks: [...tasks],
          skipped: [...skipped],
        })),
      }),
    );
  };
}
