import { z } from 'zod';
import type { Problem } from './errors.ts';
import { messageKinds, type MessageType, type PayloadOf } from './message-kinds.ts';
import { partyKindOf, partySchema, type PartyKind } from './message-party.ts';

export const messageTypes = Object.keys(messageKinds) as [MessageType, ...MessageType[]];
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
  sender: partySchema,
  recipient: partySchema,
  correlationId: z.string().nullable(),
  timestamp: z.iso.datetime(),
  payload: z.record(z.string(), z.json()),
});
export type Message = z.infer<typeof messageSchema>;

/** A message before the record has given it its id and time. */
export type MessageDraft = {
  [Type in MessageType]: Pick<Message, 'runId' | 'sender' | 'recipient'> &
    Partial<Pick<Message, 'taskId' | 'epoch' | 'correlationId'>> & {
      readonly type: Type;
      readonly payload: PayloadOf<Type>;
    };
}[MessageType];

/** All that is wrong with a message: its direction, what it is about, its payload. */
export function checkMessage(draft: MessageDraft): Problem[] {
  const { from, to, about, payload } = messageKinds[draft.type];
  const problems: Problem[] = [];
  const direction = (path: 'sender' | 'recipient', allowed: readonly PartyKind[]) => {
    const party = partyKindOf(draft[path]);
    if (party !== undefined && allowed.includes(party)) return;
    const message = `"${draft[path]}" may not be the ${path}; allowed: ${allowed.join(', ')}`;
    problems.push({ path, message });
  };
  direction('sender', from);
  direction('recipient', to);
  if (about !== 'run' && !draft.taskId) {
    problems.push({ path: 'taskId', message: 'must name the task' });
  }
  if (about === 'attempt' && typeof draft.epoch !== 'number') {
    problems.push({ path: 'epoch', message: 'must be that of the attempt' });
  }
  const parsed = payload.safeParse(draft.payload);
  for (const issue of parsed.error?.issues ?? []) {
    problems.push({ path: ['payload', ...issue.path].join('.'), message: issue.message });
  }
  return problems;
}
