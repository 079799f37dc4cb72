import { frame } from './frame.ts';
import { words } from './sentences.ts';

export interface ListStem {
  /** What each item of the list goes on from, with a space at its end: "Users can ". */
  readonly stem: string;
  /** The line asks for something by itself; its items then say more about that. */
  readonly complete: boolean;
}

const filler = /\s+(?:do\s+)?(?:all (?:of )?)?(?:the |these )?following(?: \w+)?$/i;

/** Reads the line above a list: "Users can:", "The system must support the following:", "Features:". */
export function readStem(line: string): ListStem {
  const bare = line.replace(/\s*:\s*$/, '');
  const dangling = /following/i.test(bare) ? bare.replace(filler, '') : bare;
  const last = words(dangling).at(-1);
  const opens = last !== undefined && (last.tags.has('Modal') || last.normal === 'to');
  if (opens || dangling !== bare) {
    return { stem: `${dangling} `, complete: false };
  }
  const whole = frame(words(bare));
  return { stem: '', complete: whole?.form === 'modal' && !/following/i.test(bare) };
}
