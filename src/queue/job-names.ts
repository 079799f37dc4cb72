/** Queue of Maestro's own jobs: planning, the run job of each flow, buckets. */
export const maestroQueue = 'maestro';
/** Queue of link placeholders; nobody consumes it. */
export const linksQueue = 'links';
/** Queue on which producers submit requirements. */
export const requirementsQueue = 'requirements';

/** One queue per agent pool. */
export const agentQueue = (agent: string): string => `agent-${agent}`;

// Ids hold no colon, are never an integer, and are unique over all runs: BullMQ needs all three.
// A flow that is built again gets a new generation, so that nothing of the old one is met.
export const planJobId = (runId: string): string => `${runId}.plan`;
export const runJobId = (runId: string, generation: number): string => `${runId}.${generation}`;
export const bucketJobId = (parentId: string, index: number): string =>
  `${parentId}.bucket-${index}`;
/** Groups some children of a parent that come in one slice. */
export const partJobId = (parentId: string, position: number): string =>
  `${parentId}.part-${position}`;
/** Stands for the parts of a task that was split; `total`: how many it has over all its splits. */
export const splitJobId = (jobId: string, total: number): string => `${jobId}.split-${total}`;
/** Holds a job's parent back until the job is there. */
export const sliceGateJobId = (jobId: string): string => `${jobId}~slice`;
export const taskJobId = (
  runId: string,
  generation: number,
  taskId: string,
  assignment: number,
): string => `${runId}.${generation}.${taskId}.${assignment}`;
export const linkJobId = (
  runId: string,
  generation: number,
  taskId: string,
  dependent: string,
): string => `${runId}.${generation}.${taskId}~${dependent}`;
/** The placeholder behind which a job is parked. */
export const gateJobId = (jobId: string): string => `${jobId}~gate`;
