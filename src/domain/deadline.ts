import type { AttemptFailure } from './failure.ts';

/** The failure of a task that was not done in time. */
export function deadlineFailure(deadline: Date, evidence?: string): AttemptFailure {
  const at = deadline.toISOString().slice(0, 19).replace('T', ' ');
  return {
    class: 'deadline',
    message: `It was not done by its deadline (${at} UTC).`,
    ...(evidence === undefined ? {} : { evidence }),
  };
}
