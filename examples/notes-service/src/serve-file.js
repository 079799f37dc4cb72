import { readFile } from 'node:fs/promises';

const types = { '/app.js': 'text/javascript', '/style.css': 'text/css' };

/** The answer for a file under public/, or undefined when the path is not one of them. */
export async function serveFile(method, path) {
  if (method !== 'GET' || !Object.hasOwn(types, path)) return undefined;
  const bytes = await readFile(new URL(`../public${path}`, import.meta.url));
  return { type: types[path], bytes };
}
