import type { FastifyError } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { z } from 'zod';
import {
  AuroraError,
  errorCodes,
  type ErrorCode,
  type ErrorKind,
  type Problem,
} from '../domain/errors.ts';

/** A problem as RFC 9457 has it, with our error code. */
export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number(),
  detail: z.string(),
  code: z.string(),
  /** The way out. */
  remedy: z.string(),
  problems: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
});
export type HttpProblem = z.infer<typeof problemSchema>;

export const problemContentType = 'application/problem+json; charset=utf-8';

const statusOfKind: Readonly<Record<ErrorKind, number>> = {
  input: 400,
  unauthorized: 401,
  'not-found': 404,
  conflict: 409,
  failed: 500,
  bug: 500,
  unavailable: 503,
};
/** Where HTTP has a finer word than the kind. */
const statusOfCode: Partial<Record<ErrorCode, number>> = {
  'request-forbidden': 403,
  'request-too-large': 413,
};

/** Any thrown value as a problem. What we did not say ourselves is not told to the client. */
export function toProblem(error: unknown): HttpProblem {
  if (error instanceof AuroraError) {
    const detail = error.kind === 'bug' ? unexpected : error.message;
    return problem(error.code, detail, { problems: error.problems });
  }
  if (hasZodFastifySchemaValidationErrors(error)) {
    const problems = error.validation.map((issue) => ({
      path: issue.instancePath.split('/').filter(Boolean).join('.') || '(top level)',
      message: issue.message ?? 'is not acceptable',
    }));
    const place = error.validationContext === 'querystring' ? 'query' : error.validationContext;
    return problem(
      'request-invalid',
      `The ${place ?? 'request'} has ${problems.length} problem(s): ` +
        problems.map(({ path, message }) => `${path}: ${message}`).join('; '),
      { problems },
    );
  }
  const { code, statusCode, message } = error as Partial<FastifyError>;
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return problem('request-too-large', 'The request body is larger than 2 MB.');
  }
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return problem('request-invalid', message ?? 'Bad request.', { status: statusCode });
  }
  if (databaseIsLost(error)) {
    return problem('database-unavailable', 'Postgres cannot be reached at the moment.');
  }
  if (hasCode(error, untranslatable)) {
    return problem('request-invalid', 'The request holds a NUL character, which no text may have.');
  }
  return problem('bug', unexpected);
}

const unexpected = 'Something went wrong in Aurora; the log of the server says what.';

function problem(
  code: ErrorCode,
  detail: string,
  { status, problems = [] }: { status?: number; problems?: readonly Problem[] } = {},
): HttpProblem {
  const { kind, summary, remedy } = errorCodes[code];
  return {
    type: `urn:aurora:error:${code}`,
    title: summary,
    status: status ?? statusOfCode[code] ?? statusOfKind[kind],
    detail,
    code,
    remedy,
    ...(problems.length === 0 ? {} : { problems: problems.map((one) => ({ ...one })) }),
  };
}

/** Postgres: a character that a text or a jsonb cannot hold. */
const untranslatable = new Set(['22021', '22P05']);
/** Socket errors, and Postgres' "no such database" and classes "connection exception", "going down", "starting up". */
const lost = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
  '3D000',
  '08000',
  '08003',
  '08006',
  '53300',
  '57P01',
  '57P02',
  '57P03',
]);

function databaseIsLost(error: unknown): boolean {
  // pg ends queries on a broken connection without a code.
  return hasCode(error, lost) || /Connection terminated/.test(messageChain(error));
}

function* causes(error: unknown): Generator<Error & { code?: unknown }> {
  for (let at = error; at instanceof Error; at = at.cause) yield at;
}

const hasCode = (error: unknown, codes: ReadonlySet<string>): boolean =>
  [...causes(error)].some(({ code }) => typeof code === 'string' && codes.has(code));

const messageChain = (error: unknown): string =>
  [...causes(error)].map(({ message }) => message).join('\n');
