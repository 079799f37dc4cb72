/** Published when a run's record has new messages; carries nothing, the record is the truth. */
export const runTopic = (runId: string): string => `runs.${runId}`;
/** Orders to whoever works on a run. */
export const controlTopic = (runId: string): string => `control.${runId}`;
export const allControlTopics = 'control.*';
export const runOfControlTopic = (topic: string): string => topic.slice('control.'.length);
