import { HttpError } from './http-error.js';

/**
 * Checks a request body against its fields and returns the fields alone. A field is
 * `{ type: 'text' | 'texts', required?, max? }`; `max` is in characters. Throws 400 with a message
 * that says which field is wrong and what would be right.
 */
export function validate(body, fields) {
  if (body === null || typeof body !== 'object' || Array.isArray(body)) {
    throw new HttpError(400, 'the body must be a JSON object');
  }
  const unknown = Object.keys(body).find((name) => !Object.hasOwn(fields, name));
  if (unknown !== undefined) throw new HttpError(400, `there is no field "${unknown}"`);
  const valid = {};
  for (const [name, field] of Object.entries(fields)) {
    const value = body[name];
    if (value === undefined && !field.required) continue;
    valid[name] =
      field.type === 'texts' ? validTexts(name, value, field) : validText(name, value, field);
  }
  return valid;
}

function validText(name, value, { required, max = Infinity }) {
  if (typeof value !== 'string') throw new HttpError(400, `${name} must be a text`);
  const text = value.trim();
  if (required && text === '') throw new HttpError(400, `${name} must not be empty`);
  const length = [...text].length;
  if (length > max) {
    throw new HttpError(400, `${name} must be at most ${max} characters long; it has ${length}`);
  }
  return text;
}

function validTexts(name, value, { max }) {
  if (!Array.isArray(value)) throw new HttpError(400, `${name} must be a list of texts`);
  return [...new Set(value.map((text) => validText(name, text, { required: true, max })))];
}
