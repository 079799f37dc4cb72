import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { decodeTexts } from '../src/merging/encoded-text.ts';
import { evaluateMerges, type EvaluationCase } from '../src/merging/evaluation.ts';

/**
 * Merges every case of a folder, `DIR/<case>/{base,left,right,expected}/<one path>`, without a model
 * and without running anything, and compares with what is expected. A file that a version does not
 * have is empty there. `--verbose` names every case on stderr.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false }, verbose: { type: 'boolean' } },
});
const [folder] = positionals;
if (folder === undefined || positionals.length > 1 || !existsSync(folder)) {
  console.error('Usage: npm run -s eval:merge -- DIR [--json] [--verbose]; DIR holds the cases.');
  process.exit(2);
}

const versions = ['base', 'left', 'right', 'expected'] as const;
const evaluation = evaluateMerges(readCases(folder), (name, outcome, resolver) => {
  if (values.verbose) console.error(`${outcome.padEnd(6)} ${resolver.padEnd(14)} ${name}`);
});
if (values.json) console.log(JSON.stringify(evaluation));
else {
  const { byResolver, ...total } = evaluation;
  console.table(total);
  console.table(byResolver);
}

function* readCases(directory: string): Iterable<EvaluationCase> {
  for (const name of readdirSync(directory).sort()) {
    const home = path.join(directory, name);
    if (!statSync(home).isDirectory()) continue;
    const files = versions.map((version) => filesUnder(path.join(home, version)));
    const file = files.flat()[0];
    if (file === undefined) continue;
    const bytes = versions.map((version, index) =>
      files[index]?.[0] === undefined
        ? Buffer.alloc(0)
        : readFileSync(path.join(home, version, files[index][0])),
    );
    const [base, left, right, expected] = decodeTexts(bytes)?.texts ?? bytes.map(String);
    yield {
      ...{ name, path: file, base: base as string, left: left as string },
      ...{ right: right as string, expected: expected as string },
    };
  }
}

function filesUnder(directory: string): string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((file) => statSync(path.join(directory, file)).isFile())
    .sort();
}
