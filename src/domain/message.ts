import { z } from 'zod';

/** The seed's seven messages, and ours beside them. */
export const messageTypes = [
  'TASK_CREATED',
  'TASK_ASSIGNED',
  'TASK_PROGRESS',
  'TASK_COMPLETE',
  'TASK_FAILED',
  'CONTEXT_REQUEST',
  'CONTEXT_RESPONSE',
  'PATTERN_STORE',
  'ESCALATION_OPENED',
  'ESCALATION_RESOLVED',
  'RUN_SUBMITTED',
  'RUN_PLANNED',
  'RUN_STARTED',
  'RUN_BLOCKED',
  'RUN_FINISHED',
] as const;
const messageTypeSchema = z.enum(messageTypes);

/** What everybody says to everybody: kept in the record, published live, streamed to watchers. */
export const messageSchema = z.strictObject({
  /** Position in the record; grows. */
  id: z.int().positive(),
  version: z.literal(1),
  type: messageTypeSchema,
  runId: z.string(),
  taskId: z.string().nullable(),
  epoch: z.int().nonnegative().nullable(),
  sender: z.string(),
  recipient: z.string(),
  correlationId: z.string().nullable(),
  timestamp: z.iso.datetime(),
  payload: z.record(z.string(), z.json()),
});
export type Message = z.infer<typeof messageSchema>;
/** A message before the record has given it its id and time. */
export type MessageDraft = Pick<Message, 'type' | 'runId' | 'sender' | 'recipient' | 'payload'> &
  Partial<Pick<Message, 'taskId' | 'epoch' | 'correlationId'>>;
