import { html } from '../html.js';

export function select(notes, query) {
  const tag = query.get('tag');
  return tag ? notes.filter((note) => note.tags.includes(tag)) : notes;
}

export function render({ store, query }) {
  const tags = [...new Set(store.listNotes().flatMap((note) => note.tags))].sort();
  const links = tags.map((tag) => {
    const current = tag === query.get('tag') && 'page';
    return html`<a href="/?tag=${encodeURIComponent(tag)}" aria-current="${current}">${tag}</a> `;
  });
  return tags.length > 0 && html`<nav aria-label="Tags"><a href="/">all</a> ${links}</nav>`;
}
