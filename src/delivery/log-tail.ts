import { stripVTControlCharacters } from 'node:util';
import type { ForgeClient } from './forge-client.ts';

/** Characters of a log's end: where it says what went wrong. */
const size = 8_000;

/** The end of a job's log, without colours and times. */
export async function logTail(client: ForgeClient, path: string): Promise<string | null> {
  const text = await client.tail(path, size);
  if (text === null) return null;
  return stripVTControlCharacters(text).replace(/^\d{4}-\d\d-\d\dT[\d:.]+Z /gm, '');
}
