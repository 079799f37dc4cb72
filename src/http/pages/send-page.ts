import type { FastifyReply } from 'fastify';
import { toText, type Html } from './html.ts';

/** Sends a page. It shows the state of the moment, and what a token protects: nobody keeps it. */
export function sendPage(reply: FastifyReply, page: Html): FastifyReply {
  return reply
    .type('text/html; charset=utf-8')
    .header('cache-control', 'no-store')
    .serializer(String)
    .send(`<!doctype html>\n${toText(page)}`);
}
