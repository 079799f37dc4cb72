import { z } from 'zod';
import { budgetSchema } from './budget.ts';
import { durationSchema } from './duration.ts';
import { modelReferenceSchema } from './model.ts';

/** `planner` of the configuration. */
export const plannerSettingsSchema = z.strictObject({
  /** `provider:name`; with it the model plans unless a request asks for the rules. */
  model: modelReferenceSchema.optional(),
  /** How often the model is told what is wrong with its answer before the rules stand in. */
  maxRepairs: z.int().min(0).max(10).default(2),
  /** For all calls of one planning together. */
  timeout: durationSchema.default(5 * 60_000),
  /** What one planning may use; then the rules stand in. */
  budget: budgetSchema.optional(),
});
export type PlannerSettings = z.infer<typeof plannerSettingsSchema>;
