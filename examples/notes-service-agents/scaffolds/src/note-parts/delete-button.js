import { html } from '../html.js';

export function render(note) {
  return html`<form data-api="/api/notes/${encodeURIComponent(note.id)}" data-method="DELETE">
    <button aria-label="Delete ${note.title}">Delete</button>
    <span role="alert"></span>
  </form>`;
}
