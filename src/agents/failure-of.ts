import { AuroraError, errorMessage } from '../domain/errors.ts';
import type { AttemptFailure } from '../domain/failure.ts';

/** The failure of an attempt that was stopped by an error of Aurora's own or of a service. */
export function failureOf(error: unknown): AttemptFailure {
  if (error instanceof AuroraError) {
    const final = error.kind === 'input' || error.code === 'command-not-found';
    // The agent's own doing: time does not mend it, but the next attempt can heed it.
    if (error.code === 'worktree-damaged') return { class: 'error', message: error.message };
    return { class: final ? 'permanent' : 'transient', message: error.message };
  }
  return { class: 'error', message: errorMessage(error) };
}
