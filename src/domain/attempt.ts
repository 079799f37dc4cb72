/**
 * running; succeeded; failed (it counts towards the limit); lost: its worker died or lost the
 * epoch; released: handed back at shutdown or abort. The last two do not count.
 */
export const attemptStates = ['running', 'succeeded', 'failed', 'lost', 'released'] as const;
export type AttemptState = (typeof attemptStates)[number];
