import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
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
