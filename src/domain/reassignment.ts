/**
 * Why a task went to another agent. rerouted: its agent had no worker, or far too much to do.
 * handed-off: its agent asked for it. failed: the failure rule chose another agent. human: somebody
 * answered so.
 */
export const reassignmentCauses = ['rerouted', 'handed-off', 'failed', 'human'] as const;
export type ReassignmentCause = (typeof reassignmentCauses)[number];
