import { z } from 'zod';
import { requirementIdSchema } from './requirement.ts';
import { taskFields } from './task.ts';

/** Most parts of one split. */
const maxParts = 50;

/** A part of a task; what it does not say is as in the task that is split. */
const partSchema = z.strictObject({
  ...taskFields,
  /** Short: it follows the name of the task that is split. */
  id: taskFields.id.max(30, 'must be at most 30 characters in a part'),
  requirements: z.array(requirementIdSchema).max(200).optional(),
});

/** What a task becomes: smaller tasks that depend on each other only, by the ids given here. */
const splitSchema = z.array(partSchema).min(1).max(maxParts);
export type Split = z.infer<typeof splitSchema>;
