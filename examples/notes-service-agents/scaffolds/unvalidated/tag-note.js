import { HttpError } from '../http-error.js';
import { readBody } from '../read-body.js';

export default async function tagNote({ request, params, store }) {
  const { tags } = await readBody(request);
  const note = await store.tagNote(params.id, tags);
  if (!note) throw new HttpError(404, `there is no note "${params.id}"`);
  return { json: note };
}
