import { html, type Html } from './html.ts';

interface PageParts {
  readonly title: string;
  readonly body: Html;
  /** Whether there is a session to end. */
  readonly signedIn: boolean;
  /** Where the page is, when it can be the answer to a form. */
  readonly address?: string;
  /** Where the script listens for changes. */
  readonly events?: string;
  /** Milliseconds after which the script looks again. */
  readonly refresh?: number;
}

export function head(title: string): Html {
  return html`<head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <title>${title} · Aurora</title>
    <link rel="icon" href="/assets/favicon.svg" type="image/svg+xml" />
    <link rel="stylesheet" href="/assets/aurora.css" />
    <script src="/assets/aurora.js" defer></script>
  </head>`;
}

export function layout({ title, body, signedIn, address, events, refresh }: PageParts): Html {
  return html`<html lang="en">
    ${head(title)}
    <body
      data-address="${address ?? ''}"
      data-events="${events ?? ''}"
      data-refresh="${refresh ?? ''}"
    >
      <a class="skip" href="#main">Skip to content</a>
      <header class="top">
        <a class="brand" href="/"
          ><img src="/assets/favicon.svg" alt="" width="24" height="24" />Aurora</a
        >
        <nav aria-label="Main">
          <a href="/">Runs</a>
          <a href="/lessons">Lessons</a>
          <a href="/queues/">Queues</a>
          <a href="/docs">API</a>
          <a href="/metrics">Metrics</a>
        </nav>
        <span id="live" class="live" role="status"></span>
        ${
          signedIn &&
          html`<form method="post" action="/logout">
            <button class="plain">Sign out</button>
          </form>`
        }
      </header>
      <main id="main">${body}</main>
    </body>
  </html>`;
}
