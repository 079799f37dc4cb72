import { StringDecoder } from 'node:string_decoder';

/** Characters. Of a longer line only the beginning is read: memory stays bounded. */
const longestLine = 16 * 1024 * 1024;

/** Takes a stream apart into lines, without their ends; a last line without one counts as well. */
export function createLineSplitter(onLine: (line: string) => void): {
  readonly write: (chunk: Buffer) => void;
  readonly end: () => void;
} {
  const decoder = new StringDecoder('utf8');
  let held = '';
  const take = (text: string) => {
    const [first = '', ...rest] = text.split('\n');
    if (held.length < longestLine) held += first.slice(0, longestLine - held.length);
    for (const next of rest) {
      onLine(held.replace(/\r$/, ''));
      held = next.slice(0, longestLine);
    }
  };
  return {
    write: (chunk) => take(decoder.write(chunk)),
    end: () => {
      take(decoder.end());
      if (held !== '') onLine(held);
      held = '';
    },
  };
}
