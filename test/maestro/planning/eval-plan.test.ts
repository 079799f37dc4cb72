import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { classScore, weightedF1 } from '../../../scripts/eval-plan/class-scores.ts';
import { evaluate } from '../../../scripts/eval-plan/evaluate.ts';
import { readLabelledRows } from '../../../scripts/eval-plan/labelled-rows.ts';
import { classify } from '../../../src/maestro/planning/classification.ts';

const root = path.join(import.meta.dirname, '../../..');
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'aurora-eval-'));
});
afterAll(() => rm(folder, { recursive: true }));
const file = async (name: string, text: string) => {
  const place = path.join(folder, name);
  await writeFile(place, text);
  return place;
};

test('precision, recall and F1 of a class', () => {
  const rows = [
    ['a', 'a'],
    ['a', 'b'],
    ['b', 'a'],
    ['b', 'b'],
    ['b', 'b'],
  ] as const;
  expect(classScore(rows, 'a')).toEqual({ precision: 0.5, recall: 0.5, f1: 0.5, support: 2 });
  expect(classScore(rows, 'c')).toEqual({ precision: 0, recall: 0, f1: 0, support: 0 });
  const scores = [classScore(rows, 'a'), classScore(rows, 'b')];
  expect(weightedF1(scores)).toBeCloseTo((0.5 * 2 + (2 / 3) * 3) / 5);
});

test('CSV with quotes and a byte order mark, and JSON lines, are read alike', async () => {
  const csv = await file(
    'rows.csv',
    '\uFEFFText,Kind,Category,more\r\n"Users can ""tag"" notes, and\nfind them",F,,x\r\nIt is up 99 %.,Non-Functional,Fault Tolerance,\r\n',
  );
  const jsonl = await file(
    'rows.jsonl',
    '{"text":"Users can \\"tag\\" notes, and\\nfind them","kind":"functional"}\n\n{"text":"It is up 99 %.","kind":"NF","category":"fault_tolerance"}\n',
  );
  const rows = readLabelledRows(csv);
  expect(rows).toEqual(readLabelledRows(jsonl));
  expect(rows.map(({ kind, category }) => [kind, category])).toEqual([
    ['functional', undefined],
    ['non_functional', 'fault_tolerance'],
  ]);
});

test('a label of another data set counts as our category', () => {
  const result = evaluate(
    [{ text: 'x', kind: 'non_functional', category: 'fault_tolerance', domain: undefined }],
    () => ({ kind: 'non_functional', category: 'reliability' }),
  );
  expect(result.category).toEqual({
    fault_tolerance: { precision: 1, recall: 1, f1: 1, support: 1 },
  });
});

describe('refuses, with every wrong line at once,', () => {
  test.each([
    ['wrong.csv', 'text,kind\n,functional\nx,maybe\n', /line 2: text is empty; line 3: kind must/],
    ['none.csv', 'text,kind\n', /no row/],
    ['broken.jsonl', '{"text":\n', /line 1/],
    ['quotes.csv', 'text,kind\n"x,functional\n', /[Qq]uote/],
  ])('%s', async (name, text, message) => {
    const place = await file(name, text);
    expect(() => readLabelledRows(place)).toThrow(message);
  });
  test('a file that is not there', () => {
    expect(() => readLabelledRows(path.join(folder, 'absent.csv'))).toThrow(/ENOENT/);
  });
});

test('sentences that the classifier has not learnt from', () => {
  const result = evaluate(
    readLabelledRows(path.join(import.meta.dirname, 'held-out/mixed.csv')),
    classify,
  );
  expect(result.n).toBeGreaterThan(100);
  expect(result.weightedF1).toBeGreaterThan(0.88);
  expect(result.category?.availability?.f1).toBeGreaterThan(0.7);
});

test('the command prints one JSON object and nothing else', async () => {
  const csv = await file(
    'few.csv',
    'text,kind\nUsers can tag notes,functional\nThe service shall respond within 200 ms,non_functional\n',
  );
  const { stdout } = await promisify(execFile)(
    path.join(root, 'node_modules/.bin/tsx'),
    ['scripts/eval-plan.ts', csv, '--json'],
    { cwd: root },
  );
  const score = { precision: 1, recall: 1, f1: 1, support: 1 };
  expect(JSON.parse(stdout)).toEqual({
    n: 2,
    kind: { functional: score, non_functional: score },
    weightedF1: 1,
  });
});
