import { setImmediate as nextTurn } from 'node:timers/promises';

/** Milliseconds that others wait for at most, when no step takes longer. */
const turn = 20;

/** Takes all steps at once. */
export function allAtOnce<T>(steps: Generator<undefined, T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}

/** The same for those who have others to serve meanwhile. */
export async function inTurns<T>(steps: Generator<undefined, T>): Promise<T> {
  let began = performance.now();
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
    if (performance.now() - began < turn) continue;
    await nextTurn();
    began = performance.now();
  }
}
