import { AuroraError, errorMessage } from '../domain/errors.ts';
import type { AttemptFailure } from '../domain/failure.ts';
import { databaseFault } from '../storage/database-fault.ts';

/** The failure of an attempt that was stopped by an error of Aurora's own or of a service. */
export function failureOf(error: unknown): AttemptFailure {
  const fault = databaseFault(error);
  if (fault !== undefined) {
    return { class: fault.passes ? 'unavailable' : 'bug', message: fault.message };
  }
  if (!(error instanceof AuroraError)) return { class: 'error', message: errorMessage(error) };
  // The agent's own doing: time does not mend it, but the next attempt can heed it.
  if (error.code === 'worktree-damaged') return { class: 'error', message: error.message };
  if (error.kind === 'unavailable') return { class: 'unavailable', message: error.message };
  const final = error.kind === 'input' || error.code === 'command-not-found';
  return { class: final ? 'permanent' : 'transient', message: error.message };
}
