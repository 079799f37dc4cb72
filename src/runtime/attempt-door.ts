import { attemptOver, takeAgentMessage, type AgentLineDeps } from '../agents/agent-line.ts';
import { readAttemptToken } from '../domain/attempt-token.ts';
import type { HttpDeps } from '../http/http-deps.ts';
import { findSpeaker } from '../storage/speaker-store.ts';

/**
 * Lets the programs of running attempts in.
 *
 * @param secret that the attempts' tokens are signed with
 */
export function attemptDoor(
  deps: AgentLineDeps,
  secret: string,
): Pick<HttpDeps, 'attemptOf' | 'takeMessage'> {
  return {
    async attemptOf(token) {
      const attempt = readAttemptToken(secret, token);
      if (attempt === undefined) return undefined;
      const speaker = await findSpeaker(deps.database.db, attempt);
      if (speaker === undefined) throw attemptOver(attempt);
      return speaker;
    },
    takeMessage: (attempt, message) => takeAgentMessage(deps, attempt, message),
  };
}
