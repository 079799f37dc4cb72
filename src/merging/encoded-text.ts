/** Texts that belong together, in the encoding that all of them can be read and written in. */
export interface DecodedTexts {
  readonly texts: readonly string[];
  readonly encode: (text: string) => Buffer;
}

/**
 * Reads files as UTF-8, or byte by byte when one of them is something else: either way every byte
 * that is not touched comes out as it went in.
 *
 * @returns undefined for binary files
 */
export function decodeTexts(files: readonly Buffer[]): DecodedTexts | undefined {
  if (files.some((file) => file.includes(0))) return undefined;
  const decoder = () => new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  try {
    const texts = files.map((file) => decoder().decode(file));
    return { texts, encode: (text) => Buffer.from(text, 'utf8') };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const texts = files.map((file) => file.toString('latin1'));
    return { texts, encode: (text) => Buffer.from(text, 'latin1') };
  }
}
