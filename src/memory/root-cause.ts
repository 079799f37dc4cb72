/**
 * What a store itself said. Drizzle wraps it into an error whose message is the whole statement
 * with its values, which belong into no message and no log.
 */
export function rootCause(error: unknown): unknown {
  let cause = error;
  while (cause instanceof Error && cause.cause !== undefined) cause = cause.cause;
  return cause;
}
