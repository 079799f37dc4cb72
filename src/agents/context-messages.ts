import type { MessageDraft } from '../domain/message.ts';
import type { PayloadOf } from '../domain/message-kinds.ts';
import type { Speaker } from '../storage/speaker-store.ts';

/** An agent's question to memory and its answer, for the record. */
export function contextMessages(
  { runId, taskId, epoch, agent }: Omit<Speaker, 'projectId'>,
  request: PayloadOf<'CONTEXT_REQUEST'>,
  response: PayloadOf<'CONTEXT_RESPONSE'>,
): MessageDraft[] {
  const fence = { runId, taskId, epoch };
  const correlationId = `${runId}/${taskId}/${epoch}`;
  return [
    {
      ...{ ...fence, correlationId, sender: `agent:${agent}`, recipient: 'memory' },
      ...{ type: 'CONTEXT_REQUEST', payload: request },
    },
    {
      ...{ ...fence, correlationId, sender: 'memory', recipient: `agent:${agent}` },
      ...{ type: 'CONTEXT_RESPONSE', payload: response },
    },
  ];
}
