import { z } from 'zod';
import { durationSchema } from './duration.ts';

const webhookSchema = z
  .url({ protocol: /^https?$/, error: 'must be an http or https URL', abort: true })
  .refine((url) => new URL(url).username === '' && new URL(url).password === '', {
    message: 'must hold no user or password: it is signed with AURORA_WEBHOOK_SECRET instead',
  });

/** What happens to escalations that nobody answers, and who is told of new ones. */
export const escalationPolicySchema = z
  .strictObject({
    /** How long a person has to answer; for ever when not given. */
    deadline: durationSchema.optional(),
    /** What is done in their place then. */
    defaultAction: z.enum(['skip', 'abort', 'retry']).optional(),
    /** Where each new escalation is posted to. */
    webhook: webhookSchema.optional(),
  })
  .refine(
    ({ deadline, defaultAction }) => (deadline === undefined) === (defaultAction === undefined),
    { message: 'deadline and defaultAction belong together', path: ['defaultAction'] },
  );

export type EscalationPolicy = z.infer<typeof escalationPolicySchema>;
