import type { AgentScore } from '../domain/agent-score.ts';
import type { ReassignmentCause } from '../domain/reassignment.ts';
import type { Reassignment } from './reassignment-store.ts';
import type { TaskRow } from './task-store.ts';

/** One time that a task was given to an agent, and why. */
export interface AssignmentStep {
  /** From 1. */
  readonly assignment: number;
  readonly agent: string;
  readonly cause: 'planned' | ReassignmentCause;
  /** One sentence; null for the first, which the score explains. */
  readonly reason: string | null;
  /** What the former agent wanted this one to know. */
  readonly notes: string | null;
  /** The agent's score at that time, with its parts; null when it was not known. */
  readonly score: AgentScore | null;
}

/**
 * All assignments of a task, oldest first; the last one holds.
 *
 * @param moves the task's reassignments, oldest first
 */
export function assignmentHistory(
  task: Pick<TaskRow, 'agent' | 'assignmentScore'>,
  moves: readonly Reassignment[],
): [AssignmentStep, ...AssignmentStep[]] {
  return [
    {
      assignment: 1,
      agent: moves[0]?.fromAgent ?? task.agent,
      cause: 'planned',
      ...{ reason: null, notes: null, score: task.assignmentScore },
    },
    ...moves.map(({ assignment, toAgent, cause, reason, notes, score }) => ({
      ...{ assignment, agent: toAgent, cause, reason, notes, score },
    })),
  ];
}
