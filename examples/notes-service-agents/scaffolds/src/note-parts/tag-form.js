import { html } from '../html.js';

export function render(note) {
  return html`<form data-api="/api/notes/${encodeURIComponent(note.id)}/tags" data-method="PUT">
    <label>Tags <input name="tags" data-type="list" value="${note.tags.join(', ')}" /></label>
    <span role="alert"></span>
  </form>`;
}
