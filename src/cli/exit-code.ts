import { AuroraError, type ErrorKind } from '../domain/errors.ts';

/** 1: the work failed. 2: wrong usage or input. 3: a service that is needed cannot be reached. */
const codes: Readonly<Record<ErrorKind, 1 | 2 | 3>> = {
  input: 2,
  'not-found': 2,
  conflict: 1,
  unauthorized: 2,
  unavailable: 3,
  failed: 1,
  bug: 1,
};

export function exitCodeOf(error: unknown): 1 | 2 | 3 {
  return error instanceof AuroraError ? codes[error.kind] : 1;
}
