import { html } from '../html.js';
import { limits } from '../limits.js';

export function render() {
  return html`<form data-api="/api/notes">
    <label
      >Title <input name="title" required maxlength="${limits.titleCharacters ?? 1000}"
    /></label>
    <label>Text <textarea name="body" rows="4"></textarea></label>
    <button>Add</button>
    <p role="alert"></p>
  </form>`;
}
