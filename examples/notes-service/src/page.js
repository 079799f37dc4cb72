import { html } from './html.js';
import { noteParts, sections } from './page-parts.js';

const load = (folder, parts) =>
  Promise.all(parts.map(({ name }) => import(`./${folder}/${name}.js`)));

/**
 * The whole page. A section exports `render({ store, query, choose, renderParts })` and, when it
 * narrows what is listed, `select(notes, query)`; `choose(notes)` applies all of these.
 */
export async function renderPage({ store, query }) {
  const [loadedSections, loadedParts] = await Promise.all([
    load('sections', sections),
    load('note-parts', noteParts),
  ]);
  const selects = loadedSections.flatMap((section) => section.select ?? []);
  const context = {
    store,
    query,
    choose: (notes) => selects.reduce((chosen, select) => select(chosen, query), notes),
    renderParts: (note) => loadedParts.map((loaded) => loaded.render(note)),
  };
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <title>Notes</title>
        <link rel="stylesheet" href="/style.css" />
        <script src="/app.js" defer></script>
      </head>
      <body>
        <h1>Notes</h1>
        ${loadedSections.map((section) => section.render(context))}
      </body>
    </html>`;
}
