import { HttpError } from './http-error.js';
import { limits } from './limits.js';

/**
 * Reads a JSON request body. Throws 415 for another content type (which also keeps forms of other
 * sites out), 413 when it is too large and 400 when it is not JSON.
 */
export async function readBody(request) {
  if (!/^application\/json\b/.test(request.headers['content-type'] ?? '')) {
    throw new HttpError(415, 'send the body as application/json');
  }
  const chunks = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > limits.requestBytes) {
      throw new HttpError(413, `the body must be at most ${limits.requestBytes} bytes`);
    }
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw new HttpError(400, 'the body is not valid JSON');
  }
}
