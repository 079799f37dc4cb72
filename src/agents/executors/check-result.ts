import { z } from 'zod';
import { errorMessage } from '../../domain/errors.ts';
import type { ExecutorResult } from '../executor.ts';
import { executorResultSchema } from '../executor-result.ts';
import { storable } from '../output-tail.ts';

/** Bytes. Larger results belong into the repository. */
export const maxResultSize = 1024 * 1024;

export type CheckedResult =
  | { readonly ok: true; readonly result: ExecutorResult }
  | { readonly ok: false; readonly problem: string };

/** Checks what an executor reports; characters that the record cannot hold are replaced. */
export function checkResultText(text: string): CheckedResult {
  if (Buffer.byteLength(text) > maxResultSize) return tooLarge;
  let value: unknown;
  try {
    value = JSON.parse(text, (_, member: unknown) =>
      typeof member === 'string' ? storable(member) : member,
    );
  } catch (error) {
    return { ok: false, problem: `it is not JSON: ${errorMessage(error)}` };
  }
  try {
    const checked = executorResultSchema.safeParse(value);
    if (checked.success) return { ok: true, result: checked.data };
    const problems = z.prettifyError(checked.error).slice(0, 2_000);
    return { ok: false, problem: `it has not the expected form:\n${problems}` };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { ok: false, problem: 'it is nested too deeply' };
  }
}

export const tooLarge: CheckedResult = {
  ok: false,
  problem: 'it is larger than 1 MB; put large things into files of the repository',
};
