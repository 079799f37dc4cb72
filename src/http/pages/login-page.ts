import { html, type Html } from './html.ts';
import { head } from './layout.ts';

export function loginPage({ next, wrong }: { next: string; wrong: boolean }): Html {
  return html`<html lang="en">
    ${head('Log in')}
    <body class="centred">
      <main id="main">
        <form method="post" action="/login" class="card login">
          <h1><img src="/assets/favicon.svg" alt="" width="32" height="32" />Aurora</h1>
          <label for="token">Token</label>
          <input
            id="token"
            name="token"
            type="password"
            autocomplete="current-password"
            required
            autofocus
            aria-describedby="hint"
          />
          <input type="hidden" name="next" value="${next}" />
          ${
            wrong
              ? html`<p id="hint" class="error" role="alert">
                  That is not the token of this server.
                </p>`
              : html`<p id="hint" class="quiet">The value of AURORA_TOKEN on the server.</p>`
          }
          <button class="primary">Log in</button>
        </form>
      </main>
    </body>
  </html>`;
}
