import { containsWord } from '../contains-word.js';
import { html } from '../html.js';

export function select(notes, query) {
  const word = query.get('word')?.trim();
  return word ? notes.filter((note) => containsWord(note, word)) : notes;
}

export function render({ query }) {
  return html`<form method="get" role="search">
    <label>Search <input name="word" type="search" value="${query.get('word')}" /></label>
  </form>`;
}
