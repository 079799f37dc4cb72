import { HttpError } from './http-error.js';
import { routes } from './routes.js';

/** Loads the handler of every route; throws at start when one is missing, not at the first request. */
export async function createRouter(table = routes) {
  const loaded = await Promise.all(
    table.map(async ({ method, path, handler }) => ({
      method,
      segments: path.split('/'),
      handler: (await import(`./handlers/${handler}.js`)).default,
    })),
  );

  /** The handler for a request and the values of the path's `:names`. Throws 404 and 405. */
  return function route(method, path) {
    const segments = path.split('/');
    const fitting = loaded.filter((entry) => matches(entry.segments, segments));
    if (fitting.length === 0) throw new HttpError(404, `there is nothing at ${path}`);
    const entry = fitting.find((candidate) => candidate.method === method);
    if (!entry) throw new HttpError(405, `${method} is not possible at ${path}`);
    return { handler: entry.handler, params: readParams(entry.segments, segments) };
  };
}

function matches(pattern, segments) {
  return (
    pattern.length === segments.length &&
    pattern.every((part, index) =>
      part.startsWith(':') ? segments[index] !== '' : part === segments[index],
    )
  );
}

function readParams(pattern, segments) {
  const params = {};
  pattern.forEach((part, index) => {
    if (!part.startsWith(':')) return;
    try {
      params[part.slice(1)] = decodeURIComponent(segments[index]);
    } catch {
      throw new HttpError(400, `"${segments[index]}" is not a valid part of an address`);
    }
  });
  return params;
}
