import { z } from 'zod';
import { AuroraError } from '../src/domain/errors.ts';

const name = z.union([z.string(), z.number()]).transform(String);
const optional = <T extends z.ZodType>(schema: T) =>
  schema.nullish().transform((value) => value ?? undefined);

const itemSchema = z.object({
  type: z.literal('item'),
  id: name,
  text: z.string(),
  /** ISO 8601, or what Date.parse reads, also as `1:56 pm on 8 May, 2023`. */
  at: optional(name),
  session: optional(name),
  tags: optional(z.array(z.string())),
  project: optional(name),
});
const querySchema = z.object({
  type: z.literal('query'),
  text: z.string(),
  relevant: z.array(name),
  project: optional(name),
});
const lineSchema = z.discriminatedUnion('type', [itemSchema, querySchema]);

export type EvaluationItem = z.infer<typeof itemSchema>;
type EvaluationQuery = z.infer<typeof querySchema>;

export interface EvaluationSet {
  readonly items: readonly EvaluationItem[];
  readonly queries: readonly EvaluationQuery[];
}

/** Problems that are told at once; a wrong file has one in each line. */
const maxProblems = 20;

/** @throws AuroraError memory-invalid with the lines that are not of the form */
export function readEvaluationSet(text: string, file: string): EvaluationSet {
  const items: EvaluationItem[] = [];
  const queries: EvaluationQuery[] = [];
  const problems: { path: string; message: string }[] = [];
  text.split('\n').forEach((line, i) => {
    if (line.trim() === '') return;
    const parsed = lineSchema.safeParse(jsonOf(line));
    if (!parsed.success) {
      problems.push({ path: `line ${i + 1}`, message: z.prettifyError(parsed.error) });
    } else if (parsed.data.type === 'item') items.push(parsed.data);
    else queries.push(parsed.data);
  });
  if (problems.length === 0 && queries.length === 0) {
    problems.push({ path: file, message: 'holds no query' });
  }
  if (problems.length > 0) {
    const told = problems.slice(0, maxProblems);
    const list = told.map(({ path, message }) => `${path}: ${message}`).join('\n');
    throw new AuroraError('memory-invalid', `${file} has ${problems.length} problem(s):\n${list}`, {
      problems: told,
    });
  }
  return { items, queries };
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined; // no object: the schema says so
  }
}
