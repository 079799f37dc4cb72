import { html } from '../html.js';

export function render({ store, choose, renderParts }) {
  const notes = choose(store.listNotes());
  if (notes.length === 0) return html`<p>No notes.</p>`;
  return notes.map(
    (note) =>
      html`<article>
        <h2>${note.title}</h2>
        <p>${note.body}</p>
        ${renderParts(note)}
      </article>`,
  );
}
