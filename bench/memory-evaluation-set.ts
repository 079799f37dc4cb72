import { z } from 'zod';
import { AuroraError } from '../src/domain/errors.ts';
import { readJsonLines } from '../src/memory/json-lines.ts';

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

/** @throws AuroraError memory-invalid with the lines that are not of the form */
export function readEvaluationSet(text: string, file: string): EvaluationSet {
  const lines = readJsonLines(text, file, lineSchema);
  const items = lines.filter((line) => line.type === 'item');
  const queries = lines.filter((line) => line.type === 'query');
  if (queries.length === 0) {
    throw new AuroraError('memory-invalid', `${file} holds no query.`);
  }
  return { items, queries };
}
