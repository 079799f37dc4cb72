export interface Span {
  readonly start: number;
  readonly end: number;
}

const typographic: Readonly<Record<string, string>> = {
  '‘': "'",
  '’': "'",
  '“': '"',
  '”': '"',
  '–': '-',
  '—': '-',
};

/**
 * Finds quotes in a text, whatever white space and typographic marks they were copied with.
 *
 * @returns a function that gives the characters [start, end) of the text that a quote was taken from,
 *   the first of several; undefined for a quote that is made up
 */
export function quotedText(text: string): (quote: string) => Span | undefined {
  const plain = flatten(text);
  return (quote) => {
    const wanted = flatten(quote.trim()).characters;
    const found = wanted === '' ? -1 : plain.characters.indexOf(wanted);
    if (found < 0) return undefined;
    const last = plain.places[found + wanted.length - 1] as number;
    return { start: plain.places[found] as number, end: last + 1 };
  };
}

/** Every run of white space as one space, with the place that each character came from. */
function flatten(text: string): { characters: string; places: readonly number[] } {
  const characters: string[] = [];
  const places: number[] = [];
  for (let index = 0; index < text.length; index++) {
    const character = text[index] as string;
    const blank = /\s/.test(character);
    if (blank && characters.at(-1) === ' ') continue;
    characters.push(blank ? ' ' : (typographic[character] ?? character));
    places.push(index);
  }
  return { characters: characters.join(''), places };
}
