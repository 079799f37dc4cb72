import { Html } from './html.js';

const securityHeaders = {
  'content-security-policy': "default-src 'self'; frame-ancestors 'none'; form-action 'self'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
};

/** Writes a handler's answer: `{ status?, json }`, `{ status?, html }` or `{ status?, type, bytes }`. */
export function sendAnswer(response, { status = 200, json, html, type, bytes }) {
  if (html !== undefined && !(html instanceof Html)) {
    throw new TypeError('a page must be made with the html template tag of src/html.js');
  }
  const [contentType, content] =
    html !== undefined
      ? ['text/html; charset=utf-8', String(html)]
      : json !== undefined
        ? ['application/json; charset=utf-8', JSON.stringify(json)]
        : [type, bytes];
  response.writeHead(status, {
    ...securityHeaders,
    ...(contentType && { 'content-type': contentType }),
  });
  response.end(content);
}
