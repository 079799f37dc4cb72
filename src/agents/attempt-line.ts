import {
  agentMessageSchema,
  type AgentContext,
  type AgentMessage,
  type Discovery,
} from '../domain/agent-message.ts';
import { issueAttemptToken } from '../domain/attempt-token.ts';
import { AuroraError } from '../domain/errors.ts';
import type { Speaker } from '../storage/speaker-store.ts';
import { takeAgentMessage, type AgentLineDeps } from './agent-line.ts';
import type { Discoveries } from './discoveries.ts';

/** How an attempt speaks and hears while it is at work. */
export interface AttemptLine {
  /**
   * Says something: how far it has come, what it found out, a question to memory.
   *
   * @returns memory's answer to a CONTEXT_REQUEST, else null
   * @throws AuroraError message-invalid, attempt-over when the epoch is old
   */
  send(message: AgentMessage): Promise<AgentContext | null>;
  /** Calls the listener with what other agents of the run find out from now on; returns how to stop. */
  onDiscovery(listener: (discovery: Discovery) => void): () => void;
  /** Where a program says the same over HTTP, and with which token; undefined without a server. */
  readonly web: { readonly url: string; readonly token: string } | undefined;
}

export interface AttemptLineDeps extends AgentLineDeps {
  /** The attempts of this process that listen. */
  readonly listeners: Discoveries;
  /** The web server's address and the secret that tokens are signed with, when there is one. */
  readonly web: { readonly url: string; readonly secret: string } | undefined;
}

export function openAttemptLine(
  deps: AttemptLineDeps,
  speaker: Speaker,
): { readonly line: AttemptLine; close(): void } {
  const { agent: _agent, projectId: _project, ...fence } = speaker;
  const watch = deps.listeners.watch(fence);
  const { web } = deps;
  return {
    line: {
      async send(message) {
        const parsed = agentMessageSchema.safeParse(message);
        if (parsed.success) return takeAgentMessage(deps, speaker, parsed.data);
        const problems = parsed.error.issues.map((issue) => ({
          path: issue.path.join('.') || '(message)',
          message: issue.message,
        }));
        const list = problems.map((each) => `${each.path}: ${each.message}`).join('; ');
        throw new AuroraError('message-invalid', `This message is not acceptable: ${list}.`, {
          problems,
        });
      },
      onDiscovery: (listener) => watch.listen(listener),
      web: web && { url: web.url, token: issueAttemptToken(web.secret, fence) },
    },
    close: () => watch.end(),
  };
}
