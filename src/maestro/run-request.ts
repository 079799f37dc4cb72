import { z } from 'zod';
import { parseDelivery } from '../domain/delivery.ts';
import { plannerNames } from '../domain/planned-by.ts';
import { projectNameSchema } from '../domain/project-limits.ts';
import { runLimits } from '../domain/run-limits.ts';
import { AuroraError } from '../domain/errors.ts';

/** UTF-8 bytes of requirement text that are accepted. */
export const maxRequirementBytes = 1_000_000;

const deliverSchema = z
  .string()
  .trim()
  .max(300)
  .superRefine((given, context) => {
    const kind = parseDelivery(given)?.kind;
    if (kind === 'branch' || kind === 'pr') return;
    const message =
      kind === 'patch'
        ? 'a patch needs `aurora run --follow`, which writes the file on your machine; Maestro would write it on its own'
        : 'must be branch:NAME, pr or pr:INTO';
    context.addIssue({ code: 'custom', message });
  });

/** What a producer submits: over HTTP, the CLI, or the `requirements` queue. */
export const runRequestSchema = z
  .strictObject({
    requirement: z.string().optional(),
    /** A plan; checked in full, with every problem and its place, when it is submitted. */
    plan: z.looseObject({}).optional(),
    /** Who plans a requirement; the configured model when nobody says and there is one, else the rules. */
    planner: z.enum(plannerNames).optional(),
    project: projectNameSchema.optional(),
    repository: z.string().trim().min(1).max(2_000).optional(),
    title: z.string().trim().min(1).max(200).optional(),
    ...runLimits,
    /** Plan it, and start when somebody has approved the plan. */
    approve: z.boolean().optional(),
    /** Where Maestro delivers the work when it is done: `branch:NAME`, `pr` or `pr:INTO`. */
    deliver: deliverSchema.optional(),
    idempotencyKey: z.string().trim().min(1).max(200).optional(),
  })
  .refine((request) => (request.requirement === undefined) !== (request.plan === undefined), {
    message: 'give either "requirement" or "plan", and not both',
    path: ['requirement'],
  })
  .refine(({ plan, planner }) => plan === undefined || planner === undefined, {
    message: 'says who plans a "requirement"; a "plan" is planned already',
    path: ['planner'],
  });

export type RunRequest = z.infer<typeof runRequestSchema>;

/** @throws AuroraError request-invalid with every problem at once */
export function parseRunRequest(input: unknown): RunRequest {
  const parsed = runRequestSchema.safeParse(input);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => ({
    path: issue.path.join('.') || '(top level)',
    message: issue.message,
  }));
  throw new AuroraError(
    'request-invalid',
    `The request has ${problems.length} problem(s): ` +
      problems.map((problem) => `${problem.path}: ${problem.message}`).join('; '),
    { problems },
  );
}
