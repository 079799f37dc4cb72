import { AuroraError } from '../domain/errors.ts';
import type { CheckFeedback } from '../domain/feedback.ts';

/** Checks need rights of their own: a token without them is good for reviews all the same. */
export async function unlessDenied(
  checks: Promise<Omit<CheckFeedback, 'unread'>>,
): Promise<CheckFeedback> {
  try {
    return { ...(await checks), unread: null };
  } catch (error) {
    if (!(error instanceof AuroraError) || error.code !== 'forge-denied') throw error;
    return { checks: [], running: 0, unread: error.message };
  }
}
