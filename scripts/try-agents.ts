/**
 * Has the coding agents themselves do a task each through Aurora: installs them from the npm registry,
 * answers in the place of their models by a script, on loopback, and prints what was seen. By hand, as
 * they are a gigabyte.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { startModelServer } from './try-agents/model-server.ts';
import { programs, variablesFor, writeSettings } from './try-agents/programs.ts';
import { callAurora, leftRunning, runScenario } from './try-agents/run-scenario.ts';
import { failingScenarios, scenarios } from './try-agents/scenarios.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { failures: { type: 'boolean', default: false }, packages: { type: 'string' } },
});
const names = positionals.length > 0 ? positionals : Object.keys(programs);
const unknown = names.filter((name) => programs[name] === undefined);
if (unknown.length > 0) {
  console.error(`Usage: npm run try:agents -- [--failures] [--packages DIR] [NAME...]
NAME is one of ${Object.keys(programs).join(', ')}; DIR keeps their packages for the next time;
--failures also tries wrong keys, limits and broken servers, which takes twenty minutes.`);
  process.exit(2);
}

const folder = mkdtempSync(path.join(tmpdir(), 'try-agents-'));
// Postgres does not run as root, and its data are in there.
chmodSync(folder, 0o755);
const modules = path.resolve(values.packages ?? path.join(folder, 'packages'), 'node_modules');
const server = await startModelServer();
try {
  install([...new Set(names.map(packageOf))].filter((name) => !isInstalled(name)));
  const home = path.join(folder, 'people', 'home');
  const temporary = path.join(folder, 'tmp');
  mkdirSync(temporary);
  const env = {
    ...variablesFor(server.url),
    PATH: `${path.join(modules, '.bin')}:${process.env['PATH'] ?? ''}`,
    HOME: home,
    // Codex does not trust a home that is below it.
    TMPDIR: temporary,
    AURORA_DATA_DIR: path.join(folder, 'data'),
    LOG_LEVEL: 'error',
  };
  writeSettings(home, server.url);
  console.table(
    names.map((name) => ({ program: name, package: packageOf(name), version: versionOf(name) })),
  );

  const chosen = { ...scenarios, ...(values.failures && failingScenarios) };
  for (const [name, scenario] of Object.entries(chosen)) {
    server.mood = scenario.mood;
    const seen = await runScenario(name, scenario, names, { folder, env });
    console.log(`\n${name}`);
    console.table(seen);
    const left = leftRunning(home);
    if (left.length > 0) console.log(`still running: ${left.join(', ')}`);
    if (name === 'edit') {
      const config = path.join(folder, name, 'aurora.config.json');
      console.log(await callAurora(['check'], { ...env, AURORA_CONFIG: config }));
    }
  }
} finally {
  server.close();
  rmSync(folder, { recursive: true, force: true });
}

function packageOf(name: string): string {
  return programs[name]?.package as string;
}

function isInstalled(name: string): boolean {
  return existsSync(path.join(modules, name));
}

function install(packages: readonly string[]): void {
  if (packages.length === 0) return;
  const prefix = path.dirname(modules);
  mkdirSync(prefix, { recursive: true });
  const options = ['--prefix', prefix, '--ignore-scripts=false', '--no-audit', '--no-fund'];
  execFileSync('npm', ['install', ...options, ...packages], { stdio: 'inherit' });
}

function versionOf(name: string): string {
  const manifest = readFileSync(path.join(modules, packageOf(name), 'package.json'), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}
