import { errorMessage } from '../domain/errors.ts';
import { rootCause } from './root-cause.ts';

export type Answer<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reason: string };

/**
 * What `ask` answers within the budget, or why there is no answer. Never throws, and an answer that
 * comes too late is dropped.
 *
 * @param budget milliseconds
 */
export function withinBudget<T>(ask: () => Promise<T>, budget: number): Promise<Answer<T>> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      resolve({ ok: false, reason: `no answer within ${budget} ms` });
    }, budget);
    const settle = (answer: Answer<T>) => {
      clearTimeout(timer);
      resolve(answer);
    };
    // A throw before the first await counts as an answer as well.
    Promise.resolve()
      .then(ask)
      .then(
        (value) => settle({ ok: true, value }),
        (error: unknown) =>
          settle({ ok: false, reason: errorMessage(rootCause(error)) || 'unknown error' }),
      );
  });
}
