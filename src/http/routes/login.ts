import { z } from 'zod';
import { acceptForms } from '../forms.ts';
import type { HttpApp } from '../http-app.ts';
import type { HttpDeps } from '../http-deps.ts';
import { loginPage } from '../pages/login-page.ts';
import { sendPage } from '../pages/send-page.ts';
import { endedSessionCookie, secretsAreEqual, sessionCookie } from '../session.ts';

/** A path of ours. Anything that a browser could read as another site leads to the start page. */
const nextSchema = z
  .string()
  .regex(/^\/(?![/\\])[^\\\s]*$/)
  .catch('/');

/** Lets a browser exchange the token for a session, so that the token is in no URL. */
export function loginRoutes({ token }: HttpDeps) {
  return async (app: HttpApp): Promise<void> => {
    acceptForms(app);
    app.get(
      '/login',
      {
        config: { public: true },
        schema: { hide: true, querystring: z.object({ next: nextSchema.default('/') }) },
      },
      async (request, reply) => {
        if (token === undefined) return reply.redirect('/', 303);
        return sendPage(reply, loginPage({ next: request.query.next, wrong: false }));
      },
    );

    app.post(
      '/login',
      {
        config: { public: true },
        schema: {
          hide: true,
          body: z.object({ token: z.string().max(10_000), next: nextSchema.default('/') }),
        },
      },
      async (request, reply) => {
        const { next } = request.body;
        if (token !== undefined) {
          if (!secretsAreEqual(request.body.token.trim(), token)) {
            return sendPage(reply.status(401), loginPage({ next, wrong: true }));
          }
          void reply.header('set-cookie', sessionCookie(token, request));
        }
        return reply.redirect(next, 303);
      },
    );

    app.post('/logout', { schema: { hide: true } }, async (request, reply) => {
      void reply.header('set-cookie', endedSessionCookie(request));
      return reply.redirect('/login', 303);
    });
  };
}
