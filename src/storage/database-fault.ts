import { DrizzleQueryError } from 'drizzle-orm/errors';
import pg from 'pg';

/** What went wrong with the record, in words that hold neither statements nor values. */
export interface DatabaseFault {
  readonly message: string;
  /** False when the statement itself was refused: the same one would be refused again. */
  readonly passes: boolean;
  /** The server's or the connection's own error, for the log. */
  readonly cause: unknown;
}

/** Classes of SQLSTATE (appendix A) that speak of the statement or its data, not of the server. */
const refused = ['0A', '20', '21', '22', '23', '26', '34', '3F', '42', '44'];
/** Of a connection that could not even be opened. */
const unreachable = ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN'];
/** What pg says, without a code, of a connection that broke or could not be had. */
const lostConnection =
  /Connection terminated|connection error and is not queryable|timeout exceeded when trying to connect|Client was closed/;

/**
 * Tells an error of the database from any other. Drizzle wraps them into an error whose message is
 * the statement with its values, which belong into no message and no log.
 *
 * @returns undefined when it is none
 */
export function databaseFault(error: unknown): DatabaseFault | undefined {
  let wrapped = false;
  let cause = error;
  for (let depth = 0; depth < 10 && cause instanceof Error; depth++) {
    if (cause instanceof pg.DatabaseError) return serverFault(cause);
    if (lostConnection.test(cause.message)) return lost(cause);
    const { code = '' } = cause as NodeJS.ErrnoException;
    if (unreachable.includes(code)) return lost(cause);
    wrapped ||= cause instanceof DrizzleQueryError;
    if (cause.cause === undefined) break;
    cause = cause.cause;
  }
  return wrapped ? lost(cause) : undefined;
}

function serverFault(error: pg.DatabaseError): DatabaseFault {
  const code = error.code ?? 'unknown';
  const passes = !refused.includes(code.slice(0, 2));
  const message = passes
    ? `The database failed in the middle of the attempt (SQLSTATE ${code}).`
    : `The record refused what the attempt wanted to write (SQLSTATE ${code}); Aurora's log says more.`;
  return { message, passes, cause: error };
}

function lost(cause: unknown): DatabaseFault {
  return {
    message: 'The connection to the database was lost in the middle of the attempt.',
    passes: true,
    cause,
  };
}
