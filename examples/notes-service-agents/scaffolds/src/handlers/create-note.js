import { limits } from '../limits.js';
import { readBody } from '../read-body.js';
import { validate } from '../validate.js';

const fields = {
  title: { type: 'text', required: true, max: limits.titleCharacters },
  body: { type: 'text', max: limits.bodyCharacters },
};

export default async function createNote({ request, store }) {
  const { title, body = '' } = validate(await readBody(request), fields);
  return { status: 201, json: await store.createNote({ title, body }) };
}
