import { attemptOver, takeAgentMessage, type AgentLineDeps } from '../agents/agent-line.ts';
import type { AgentContext, AgentMessage } from '../domain/agent-message.ts';
import { readAttemptToken } from '../domain/attempt-token.ts';
import { AuroraError } from '../domain/errors.ts';
import { findSpeaker } from '../storage/speaker-store.ts';

/**
 * Lets the program of a running attempt speak over HTTP.
 *
 * @param secret that the attempts' tokens are signed with
 */
export function takeMessageWith(
  deps: AgentLineDeps,
  secret: string,
): (token: string, message: AgentMessage) => Promise<AgentContext | null> {
  return async (token, message) => {
    const attempt = readAttemptToken(secret, token);
    if (attempt === undefined) {
      throw new AuroraError('unauthorized', 'This is not the token of an attempt.');
    }
    const speaker = await findSpeaker(deps.database.db, attempt);
    if (speaker === undefined) throw attemptOver(attempt);
    return takeAgentMessage(deps, speaker, message);
  };
}
