import { AuroraError, errorMessage } from '../domain/errors.ts';
import type { AttemptFailure } from '../domain/failure.ts';
import { databaseFault } from '../storage/database-fault.ts';

const needPeople: readonly string[] = ['command-not-found', 'merges-lost'];

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
  const isFinal = error.kind === 'input' || needPeople.includes(error.code);
  return { class: isFinal ? 'permanent' : 'transient', message: error.message };
}
