import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const run = promisify(execFile);
const root = fileURLToPath(new URL('..', import.meta.url));

const cruise = (...args: string[]) =>
  run(
    process.execPath,
    [path.join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs'), ...args],
    {
      cwd: root,
      maxBuffer: 64 * 1024 * 1024,
    },
  );

test('the tool that holds the import rule reads our files and sees a breach', async () => {
  // A tool that silently reads nothing would be green for ever.
  const folder = mkdtempSync(path.join(root, 'src/domain/breach-'));
  try {
    const breach = path.join(folder, 'breach.ts');
    writeFileSync(
      breach,
      "import { reconcile } from '../../maestro/reconciler.ts';\nexport { reconcile };\n",
    );
    const failed = await cruise('--output-type', 'json', 'src/domain').catch(
      (error: unknown) => error as { stdout: string },
    );
    const { summary } = JSON.parse(failed.stdout) as {
      summary: { violations: { from: string; rule: { name: string } }[]; totalCruised: number };
    };
    expect(summary.totalCruised).toBeGreaterThan(15);
    expect(summary.violations.map(({ rule }) => rule.name)).toContain('domain-stands-alone');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
