import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { maxHeaderSize } from './closable-servers.ts';
import { errorPage } from './pages/error-page.ts';
import { sendPage } from './pages/send-page.ts';
import { problemContentType, toProblem } from './problem.ts';
import { wantsHtml } from './wants-html.ts';

/** Answers everything thrown with a problem: JSON for programs, a page for people. */
export function answerErrors(app: FastifyInstance): void {
  app.setErrorHandler((error, request, reply) => answerError(error, request, reply));
}

export function answerError(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const problem = toProblem(error);
  if (problem.status >= 500) request.log.error({ err: error }, 'request failed');
  void reply.status(problem.status);
  if (wantsHtml(request)) return sendPage(reply, errorPage(problem));
  // Serialised here: a route's own schemas describe its successes.
  return reply.type(problemContentType).serializer(JSON.stringify).send(problem);
}

/** Answers what never became a request: no HTTP, or too much of it before the body. */
export function answerNoRequest(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const problem = toProblem(
    error.code === 'HPE_HEADER_OVERFLOW'
      ? {
          statusCode: 431,
          message: `The address and the headers of the request are larger than ${maxHeaderSize / 1024} kB together.`,
        }
      : { statusCode: 400, message: 'That is no HTTP request.' },
  );
  const body = JSON.stringify(problem);
  socket.end(
    [
      `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? ''}`,
      `content-type: ${problemContentType}`,
      `content-length: ${Buffer.byteLength(body)}`,
      'connection: close',
      '',
      body,
    ].join('\r\n'),
  );
}
