const markup = Symbol('markup');

/** Markup that is safe to send. Only {@link html} makes it. */
export interface Html {
  readonly [markup]: string;
}

type Part = Html | string | number | null | undefined | false | readonly Part[];

/** A template whose values are escaped unless they are markup themselves. */
export function html(strings: TemplateStringsArray, ...values: readonly Part[]): Html {
  return {
    [markup]: strings.reduce((text, string, index) => text + render(values[index - 1]) + string),
  };
}

export function toText(page: Html): string {
  return page[markup];
}

function render(part: Part): string {
  if (part === null || part === undefined || part === false) return '';
  if (typeof part === 'string') return escape(part);
  if (typeof part === 'number') return String(part);
  if (markup in part) return part[markup];
  return part.map(render).join('');
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const escape = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => entities[character] ?? '');
