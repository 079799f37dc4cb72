import type { HttpProblem } from '../problem.ts';
import { html, type Html } from './html.ts';
import { head } from './layout.ts';

export function errorPage({ status, title, detail, remedy, code }: HttpProblem): Html {
  return html`<html lang="en">
    ${head(title)}
    <body class="centred">
      <main id="main">
        <div class="card">
          <p class="quiet">${status} · <code>${code}</code></p>
          <h1>${title}</h1>
          <p>${detail}</p>
          <p>${remedy}</p>
          <p><a href="/">To the runs</a></p>
        </div>
      </main>
    </body>
  </html>`;
}
