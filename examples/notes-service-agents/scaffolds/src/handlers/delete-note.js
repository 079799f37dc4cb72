import { HttpError } from '../http-error.js';

export default async function deleteNote({ params, store }) {
  if (!(await store.deleteNote(params.id))) {
    throw new HttpError(404, `there is no note "${params.id}"`);
  }
  return { status: 204 };
}
