import { AuroraError } from '../../domain/errors.ts';

/** The largest request, in UTF-8 bytes. */
const maxRequestBytes = 1_000_000;

const linefeed = 10;
const carriageReturn = 13;
const tab = 9;
const formFeed = 12;
const allowedControls = new Set([tab, linefeed, formFeed, carriageReturn]);

/**
 * Refuses what is not a text that a person wrote. A byte order mark at the start is fine.
 *
 * @throws AuroraError `requirement-invalid`: empty, over 1 MB, or binary
 */
export function assertRequestText(request: string): void {
  const bytes = Buffer.byteLength(request, 'utf8');
  if (bytes > maxRequestBytes) {
    throw new AuroraError(
      'requirement-invalid',
      `The request has ${bytes.toLocaleString('en-US')} bytes; at most ${maxRequestBytes.toLocaleString('en-US')} are taken. Submit it in parts, or write a plan file.`,
    );
  }
  if (request.trim() === '') {
    throw new AuroraError(
      'requirement-invalid',
      'The request is empty. Say in a sentence what shall be built, for example "Users can log in."',
    );
  }
  const position = firstNonText(request);
  if (position === undefined) return;
  const code = request.charCodeAt(position);
  const name = code === 0 ? 'a NUL byte' : `the character U+${hex(code)}`;
  const hint = code === 0xfffd ? 'it is not valid UTF-8' : 'it looks like a binary file';
  throw new AuroraError(
    'requirement-invalid',
    `The request holds ${name} at character ${position + 1}: ${hint}. Submit plain UTF-8 text.`,
  );
}

/** The index of the first character that no text holds: controls, U+FFFD, half a surrogate pair. */
export function firstNonText(text: string): number | undefined {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code < 32 ? !allowedControls.has(code) : code === 127 || code === 0xfffd) return index;
    if (code >= 0xd800 && code <= 0xdfff) {
      const next = text.charCodeAt(index + 1);
      if (code > 0xdbff || !(next >= 0xdc00 && next <= 0xdfff)) return index;
      index++;
    }
  }
  return undefined;
}

function hex(code: number): string {
  return code.toString(16).toUpperCase().padStart(4, '0');
}
