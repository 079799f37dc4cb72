/** Published when a run's record has new messages; carries nothing, the record is the truth. */
export const runTopic = (runId: string): string => `runs.${runId}`;
/** Published when a worker process has started: it may have replaced one that died with jobs. */
export const workerStartedTopic = 'workers.started';
/** Orders to whoever works on a run. */
export const controlTopic = (runId: string): string => `control.${runId}`;
export const allControlTopics = 'control.*';
export const runOfControlTopic = (topic: string): string => topic.slice('control.'.length);
