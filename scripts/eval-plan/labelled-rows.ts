import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'csv-parse/sync';
import { z } from 'zod';
import { AuroraError } from '../../src/domain/errors.ts';
import { qualityCategories, type Requirement } from '../../src/domain/requirement.ts';
import type { QualityCategory } from '../../src/maestro/planning/quality-lexicon.ts';

/** One requirement and what a person says that it is. */
export interface LabelledRow {
  readonly text: string;
  readonly kind: Requirement['kind'];
  /** As the file spells it, in lower case with "_"; undefined when it names none. */
  readonly category: string | undefined;
  /** What its author calls the product that it is about; not part of the contract. */
  readonly domain: string | undefined;
}

const normal = (label: string) =>
  label
    .trim()
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_');

const kinds: Readonly<Record<string, Requirement['kind']>> = {
  functional: 'functional',
  f: 'functional',
  fr: 'functional',
  non_functional: 'non_functional',
  nonfunctional: 'non_functional',
  nf: 'non_functional',
  nfr: 'non_functional',
};

/** How other data sets call our categories; fault tolerance is a part of reliability in ISO 25010. */
const aliases: Readonly<Record<string, QualityCategory>> = {
  fault_tolerance: 'reliability',
  operational: 'operability',
  look_feel: 'look_and_feel',
  a: 'availability',
  ft: 'reliability',
  l: 'legal',
  lf: 'look_and_feel',
  mn: 'maintainability',
  o: 'operability',
  pe: 'performance',
  po: 'portability',
  sc: 'scalability',
  se: 'security',
  us: 'usability',
};

/** The category of ours that a label of a file means; undefined when we have none like it. */
export function knownCategory(label: string): QualityCategory | undefined {
  return qualityCategories.find((category) => category === label) ?? aliases[label];
}

const rowSchema = z.object({
  text: z.string().trim().min(1, 'is empty'),
  kind: z
    .string()
    .transform(normal)
    .refine((kind) => kind in kinds, 'must be functional or non_functional')
    .transform((kind) => kinds[kind] as Requirement['kind']),
  category: z
    .string()
    .transform(normal)
    .nullish()
    .transform((category) => category || undefined),
  domain: z
    .string()
    .nullish()
    .transform((domain) => domain || undefined),
});

/**
 * Reads a CSV file with a header, or a JSON object a line, with `text`, `kind` and perhaps
 * `category`; other columns are passed over.
 *
 * @throws AuroraError request-invalid: unreadable, no row, or every wrong row at once
 */
export function readLabelledRows(file: string): LabelledRow[] {
  const raw = path.extname(file) === '.jsonl' ? readJsonLines(file) : readCsv(file);
  const problems: string[] = [];
  const rows = raw.flatMap(({ line, value }) => {
    const parsed = rowSchema.safeParse(value);
    if (parsed.success) return [parsed.data];
    for (const { path: at, message } of parsed.error.issues) {
      problems.push(`line ${line}: ${at.join('.')} ${message}`);
    }
    return [];
  });
  if (raw.length === 0) problems.push('it holds no row');
  if (problems.length > 0) throw invalid(file, problems);
  return rows;
}

function readCsv(file: string): { line: number; value: unknown }[] {
  const records = parseOrExplain(file, () =>
    parse<Record<string, string>>(read(file), {
      bom: true,
      columns: (header: string[]) => header.map((name) => name.trim().toLowerCase()),
      skip_empty_lines: true,
      relax_column_count: true,
      info: true,
    }),
  ) as unknown as { record: unknown; info: { lines: number } }[];
  return records.map(({ record, info }) => ({ line: info.lines, value: record }));
}

function readJsonLines(file: string): { line: number; value: unknown }[] {
  return read(file)
    .split('\n')
    .flatMap((text, index) => {
      if (text.trim() === '') return [];
      const value = parseOrExplain(`${file}, line ${index + 1}`, () => JSON.parse(text) as unknown);
      return [{ line: index + 1, value }];
    });
}

function read(file: string): string {
  return parseOrExplain(file, () => readFileSync(file, 'utf8'));
}

function parseOrExplain<Value>(place: string, parseIt: () => Value): Value {
  try {
    return parseIt();
  } catch (error) {
    throw invalid(place, [error instanceof Error ? error.message : String(error)]);
  }
}

function invalid(file: string, problems: readonly string[]): AuroraError {
  const shown = problems.slice(0, 20).join('; ');
  const more = problems.length > 20 ? `; and ${problems.length - 20} more` : '';
  return new AuroraError(
    'request-invalid',
    `${file}: ${shown}${more}. A CSV file needs a header with text,kind[,category]; a .jsonl file needs these keys on each line.`,
  );
}
