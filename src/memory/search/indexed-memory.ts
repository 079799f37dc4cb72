import type { MemoryType } from '../../domain/memory.ts';
import { analyse, type Term } from './terms.ts';
import { parseTurn, type Turn } from './turn.ts';

/** A memory as it is searched. */
export interface IndexedMemory {
  readonly id: string;
  readonly text: string;
  readonly tags: readonly string[];
  readonly type: MemoryType;
  /** The conversation that it is a turn of. */
  readonly session: string | undefined;
  /** When it was said or became true, in milliseconds since 1970. */
  readonly at: number | undefined;
  /** Orders what has the same time. */
  readonly sequence: number;
  /** Unit vector, quantised; all vectors of an index are of one space. */
  readonly vector?: Buffer | undefined;
}

/** Which of them are wanted. */
export interface IndexFilter {
  /** Only memories that carry at least one of these; all when empty. */
  readonly tags: readonly string[];
  readonly type?: MemoryType;
  readonly limit: number;
}

/** A memory with its text analysed, which is what takes the time of adding it. */
export interface PreparedMemory {
  readonly memory: Omit<IndexedMemory, 'text'>;
  readonly turn: Omit<Turn, 'body'>;
  readonly terms: readonly Term[];
  readonly speaker: readonly Term[];
}

export function prepareMemory({ text, ...memory }: IndexedMemory): PreparedMemory {
  const { body, ...turn } = parseTurn(text);
  return {
    memory,
    turn,
    terms: analyse(`${body} ${memory.tags.join(' ')}`).terms,
    speaker: turn.speaker === undefined ? [] : analyse(turn.speaker).terms,
  };
}
