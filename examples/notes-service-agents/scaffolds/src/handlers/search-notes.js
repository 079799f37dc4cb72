import { HttpError } from '../http-error.js';

export default async function searchNotes({ query, store }) {
  const word = query.get('word')?.trim();
  if (!word) throw new HttpError(400, 'say what to search for: /api/notes/search?word=...');
  return { json: { notes: store.searchNotes(word) } };
}
