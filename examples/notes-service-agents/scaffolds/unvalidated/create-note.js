import { readBody } from '../read-body.js';

export default async function createNote({ request, store }) {
  const { title, body = '' } = await readBody(request);
  return { status: 201, json: await store.createNote({ title, body }) };
}
