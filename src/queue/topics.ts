/** Published when a run's record has new messages; carries nothing, the record is the truth. */
export const runTopic = (runId: string): string => `runs.${runId}`;
/** Published when a worker process has started: it may have replaced one that died with jobs. */
export const workerStartedTopic = 'workers.started';
/** Published when an agent of a worker has nothing to do any more: it may take over tasks of others. */
export const workerIdleTopic = 'workers.idle';
/** What whoever works on a run shall do. Nudges: the record says what is still wanted. */
export interface ControlOrder {
  /**
   * abort: stop all attempts of the run. reassign: stop those whose task went elsewhere. limit: others
   * may wait for the room that its attempts leave.
   */
  readonly action: 'abort' | 'reassign' | 'limit';
}
export const controlTopic = (runId: string): string => `control.${runId}`;
export const allControlTopics = 'control.*';
export const runOfControlTopic = (topic: string): string => topic.slice('control.'.length);
/** Published when there are new deadlines; a nudge, the record is the truth. */
export const deadlinesTopic = 'deadlines.set';
/** Published when an escalation was opened; a nudge, the record is the truth. */
export const escalationsTopic = 'escalations.opened';
/** Published when a run has ended whose work is to be delivered; a nudge, the record is the truth. */
export const deliveriesTopic = 'deliveries.due';
