import type { Handoff } from '../domain/handoff.ts';
import { queuePriority } from '../domain/run-limits.ts';
import type { TaskVerdict } from '../queue/agent-worker.ts';
import type { AttemptRecord, Fence } from '../storage/attempt-store.ts';
import type { ClaimedTask } from '../storage/claim-store.ts';
import { handOff } from '../storage/handoff-store.ts';
import { FencedOut } from './fenced-out.ts';
import type { TaskRunnerDeps } from './task-runner-deps.ts';

/**
 * Records that an attempt hands its task on.
 *
 * @returns the verdict; or why it cannot be handed on, for the failure rule
 * @throws FencedOut when the epoch is old
 */
export async function settleHandoff(
  deps: TaskRunnerDeps,
  { run, task }: ClaimedTask,
  fence: Fence,
  handoff: Handoff,
  record: AttemptRecord,
): Promise<TaskVerdict | { readonly kind: 'refused'; readonly why: string }> {
  const result = await handOff(deps.database.db, fence, handoff, record, deps.maxHandoffs);
  if (result.kind === 'fenced') throw new FencedOut();
  if (result.kind === 'refused') return result;
  const { agent, assignment } = result;
  deps.log.info({ to: agent, reason: handoff.reason }, 'task handed on');
  return {
    kind: 'stale',
    everParked: task.parkings > 0,
    replacement: { agent, assignment, priority: queuePriority(run, task.spec) },
  };
}
