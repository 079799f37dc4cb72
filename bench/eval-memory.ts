import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { AuroraError } from '../src/domain/errors.ts';
import { reportError } from '../src/cli/report-error.ts';
import { evaluateMemory, type MemoryEvaluation } from './memory-evaluation.ts';
import { readEvaluationSet } from './memory-evaluation-set.ts';
import { withMemory } from './with-memory.ts';

/**
 * `npm run -s eval:memory -- FILE.jsonl [--json]`: how well memory finds what questions ask for.
 * The file's form is in docs/memory.md.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false } },
});

try {
  const [file] = positionals;
  if (file === undefined || positionals.length > 1) {
    throw new AuroraError('memory-invalid', 'Name one file: npm run eval:memory -- FILE.jsonl');
  }
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new AuroraError('memory-invalid', `${file} cannot be read.`, { cause });
  });
  const set = readEvaluationSet(text, file);
  const result = await withMemory((memory) => evaluateMemory(memory, set));
  if (values.json) console.log(JSON.stringify(result));
  else print(result);
} catch (error) {
  process.exitCode = reportError(error, values.json);
}

function print({ items, queries, recall, mrr, latencyMs }: MemoryEvaluation): void {
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  const table = new Table({ style: { head: [], border: [] } });
  table.push(
    ['items', items],
    ['queries', queries],
    ...Object.entries(recall).map(([k, share]) => [`recall@${k}`, percent(share)]),
    ['MRR', mrr.toFixed(3)],
    ['p50', `${latencyMs.p50} ms`],
    ['p99', `${latencyMs.p99} ms`],
  );
  console.log(table.toString());
}
