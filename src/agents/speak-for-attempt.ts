import type { AgentMessage } from '../domain/agent-message.ts';
import { AuroraError } from '../domain/errors.ts';
import type { Speaker } from '../storage/speaker-store.ts';
import { takeAgentMessage } from './agent-line.ts';
import { FencedOut } from './fenced-out.ts';
import type { TaskRunnerDeps } from './task-runner-deps.ts';

/** Says something on behalf of an attempt. @throws FencedOut when the epoch is old */
export async function speakForAttempt(
  deps: TaskRunnerDeps,
  speaker: Speaker,
  message: AgentMessage,
): Promise<void> {
  try {
    await takeAgentMessage({ ...deps, ...deps.lines }, speaker, message);
  } catch (error) {
    if (error instanceof AuroraError && error.code === 'attempt-over') throw new FencedOut();
    throw error;
  }
}
