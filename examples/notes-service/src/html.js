/** Text of which every value has been escaped. Only `html` makes one. */
export class Html {
  #text;
  constructor(text) {
    this.#text = text;
  }
  toString() {
    return this.#text;
  }
}

const entities = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Makes a text harmless inside HTML, in elements and in quoted attributes alike. */
export function escapeHtml(text) {
  return String(text).replace(/[&<>"']/g, (character) => entities[character]);
}

/** Template tag for HTML: escapes every value; arrays are joined, nested `html` stays as it is. */
export function html(strings, ...values) {
  return new Html(strings.reduce((text, part, index) => text + toText(values[index - 1]) + part));
}

function toText(value) {
  if (value instanceof Html) return String(value);
  if (Array.isArray(value)) return value.map(toText).join('');
  return value === undefined || value === null || value === false ? '' : escapeHtml(value);
}
