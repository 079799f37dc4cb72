import { firstWithin } from './scope-overlap.ts';
import { filesNamedIn } from './give-way.ts';

/** Files that tasks which begin together have in their scopes by name: they do not see each other run yet. */
export class BegunFiles {
  readonly #ofRun = new Map<string, string[]>();

  add(runId: string, scope: readonly string[]): void {
    this.#ofRun.set(runId, [...(this.#ofRun.get(runId) ?? []), ...filesNamedIn(scope)]);
  }

  /** Whether a task of such a scope would change one of them. */
  meet(runId: string, scope: readonly string[]): boolean {
    return firstWithin(scope, this.#ofRun.get(runId) ?? []) !== undefined;
  }
}
