import { z } from 'zod';
import { AuroraError } from '../domain/errors.ts';

/** Problems that are told at once; a wrong file has one in each line. */
const maxProblems = 20;

/**
 * Reads a file of one JSON object a line; empty lines are passed over.
 *
 * @param file names it in the error
 * @throws AuroraError memory-invalid with the lines that are not of the form
 */
export function readJsonLines<T>(text: string, file: string, schema: z.ZodType<T>): T[] {
  const values: T[] = [];
  const problems: { path: string; message: string }[] = [];
  text.split('\n').forEach((line, i) => {
    if (line.trim() === '') return;
    const parsed = schema.safeParse(jsonOf(line));
    if (parsed.success) values.push(parsed.data);
    else problems.push({ path: `line ${i + 1}`, message: z.prettifyError(parsed.error) });
  });
  if (problems.length > 0) {
    const told = problems.slice(0, maxProblems);
    const list = told.map(({ path, message }) => `${path}: ${message}`).join('\n');
    throw new AuroraError('memory-invalid', `${file} has ${problems.length} problem(s):\n${list}`, {
      problems: told,
    });
  }
  return values;
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined; // no value passes a schema of objects: the line is told
  }
}
