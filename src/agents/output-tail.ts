import { StringDecoder } from 'node:string_decoder';

/** The last part of what a process prints, with secrets replaced; memory stays bounded. */
export interface OutputTail {
  /** A reader of one stream; streams share the tail, in the order in which output comes. */
  readonly stream: () => { readonly write: (chunk: Buffer) => void; readonly end: () => void };
  readonly append: (text: string) => void;
  readonly text: () => string;
}

/**
 * @param options.size characters that are kept
 * @param options.secrets values to replace by `***`
 * @param options.onOutput called with all output, without the secrets
 */
export function createOutputTail(options: {
  readonly size: number;
  readonly secrets: readonly string[];
  readonly onOutput?: ((chunk: string) => void) | undefined;
}): OutputTail {
  let pieces: string[] = [];
  let length = 0;
  const append = (text: string) => {
    if (text === '') return;
    pieces.push(text);
    length += text.length;
    // Joined only when twice as long as needed: a constant cost per character.
    if (length > 2 * options.size || pieces.length > 4_096) {
      pieces = [pieces.join('').slice(-options.size)];
      length = pieces[0]?.length ?? 0;
    }
    options.onOutput?.(text);
  };
  return {
    append: (text) => append(storable(maskSecrets(text, options.secrets))),
    stream: () => {
      const decoder = new StringDecoder('utf8');
      let held = '';
      return {
        write: (chunk) => {
          const text = held + decoder.write(chunk);
          const cut = text.length - startedSecret(text, options.secrets);
          held = text.slice(cut);
          append(storable(maskSecrets(text.slice(0, cut), options.secrets)));
        },
        end: () => {
          append(storable(maskSecrets(held + decoder.end(), options.secrets)));
          held = '';
        },
      };
    },
    text: () => pieces.join('').slice(-options.size),
  };
}

/** Replaces secret values by `***`. */
export function maskSecrets(text: string, secrets: readonly string[]): string {
  return secrets.reduce((masked, secret) => masked.replaceAll(secret, '***'), text);
}

/** Postgres text holds neither NUL nor half of a surrogate pair. */
export function storable(text: string): string {
  return text.replace(/[\0\p{Surrogate}]/gu, '\ufffd');
}

/** How many characters at the end may be the beginning of a secret that the next chunk completes. */
function startedSecret(text: string, secrets: readonly string[]): number {
  let longest = 0;
  for (const secret of secrets) {
    for (let size = Math.min(secret.length - 1, text.length); size > longest; size--) {
      if (text.endsWith(secret.slice(0, size))) longest = size;
    }
  }
  return longest;
}
