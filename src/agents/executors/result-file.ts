import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { errorMessage } from '../../domain/errors.ts';
import type { ExecutorResult } from '../executor.ts';
import { type CheckedResult, checkResultText, maxResultSize, tooLarge } from './check-result.ts';

/** `$AURORA_RESULT_FILE` of an attempt. */
export const resultFileIn = (control: string) => join(control, 'result.json');

/** What a program that has outlived its worker says it has spent; undefined when it says nothing. */
export async function readReportedUsage(control: string): Promise<ExecutorResult['usage']> {
  const reported = await readResultFile(control);
  return reported.ok ? reported.result.usage : undefined;
}

/** A missing or empty file reports nothing. */
export async function readResultFile(control: string): Promise<CheckedResult> {
  let file;
  try {
    // Not blocking: the program may have made a pipe of it. No link: it would show another file.
    const flags = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW;
    file = await open(resultFileIn(control), flags);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { ok: true, result: {} };
    return { ok: false, problem: `it cannot be read: ${errorMessage(error)}` };
  }
  try {
    const found = await file.stat();
    if (!found.isFile()) return { ok: false, problem: 'it is not a regular file' };
    if (found.size > maxResultSize) return tooLarge;
    const text = await file.readFile('utf8');
    return text.trim() === '' ? { ok: true, result: {} } : checkResultText(text);
  } finally {
    await file.close();
  }
}
