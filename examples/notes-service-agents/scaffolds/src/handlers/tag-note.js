import { HttpError } from '../http-error.js';
import { limits } from '../limits.js';
import { readBody } from '../read-body.js';
import { validate } from '../validate.js';

const fields = { tags: { type: 'texts', required: true, max: limits.tagCharacters } };

export default async function tagNote({ request, params, store }) {
  const { tags } = validate(await readBody(request), fields);
  const note = await store.tagNote(params.id, tags);
  if (!note) throw new HttpError(404, `there is no note "${params.id}"`);
  return { json: note };
}
