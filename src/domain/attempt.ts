/**
 * running; succeeded; failed (it counts towards the limit); deferred: told to come back later, by a
 * rate limit for instance; lost: its worker died or lost the epoch; released: handed back at
 * shutdown or abort; asked: it ended with a question; split: it ended with smaller tasks that come
 * first; handed-off: it gave the task to another agent. The last six do not count.
 */
export const attemptStates = [
  'running',
  'succeeded',
  'failed',
  'deferred',
  'lost',
  'released',
  'asked',
  'split',
  'handed-off',
] as const;
export type AttemptState = (typeof attemptStates)[number];
