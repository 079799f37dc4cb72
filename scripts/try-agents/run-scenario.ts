import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { programs } from './programs.ts';
import type { Scenario } from './scenarios.ts';

const run = promisify(execFile);
const aurora = fileURLToPath(new URL('../../bin/aurora.js', import.meta.url));

interface Attempt {
  readonly state: string;
  readonly failure: { readonly class: string; readonly message: string } | null;
  readonly usage: { inputTokens?: number; outputTokens?: number; costUsd?: number } | null;
  readonly verified: { readonly passed: boolean } | null;
  readonly workCommit: string | null;
  readonly startedAt: string;
  readonly finishedAt: string | null;
}

/** One row of what was seen. */
export interface Seen {
  readonly program: string;
  /** How each attempt ended. */
  readonly attempts: string;
  readonly merged: boolean;
  readonly tokens: string;
  readonly seconds: number;
  readonly said: string;
}

/** Starts Aurora's command line, which prints its progress, and returns what it prints on stdout. */
export async function callAurora(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<string> {
  const started = run(process.execPath, [aurora, ...args], { env, maxBuffer: 2 ** 28 });
  started.child.stderr?.pipe(process.stderr);
  // Exit code 1 says that the work has failed, which may be what is wanted.
  const { stdout } = await started.catch((error: { code?: unknown; stdout: string }) => {
    if (error.code === 1) return error;
    throw error;
  });
  return stdout;
}

/** Has each program write a file of its own in one run, and tells how that went. */
export async function runScenario(
  name: string,
  scenario: Scenario,
  names: readonly string[],
  { folder, env }: { readonly folder: string; readonly env: Readonly<Record<string, string>> },
): Promise<readonly Seen[]> {
  const directory = path.join(folder, name);
  const repository = path.join(directory, 'repository');
  mkdirSync(repository, { recursive: true });
  writeFileSync(
    path.join(repository, 'package.json'),
    JSON.stringify({ name: 'notes', private: true, scripts: { test: 'git status --short' } }),
  );
  const author = ['-c', 'user.name=Somebody', '-c', 'user.email=somebody@example.com'];
  for (const args of [
    ['init', '-q'],
    ['add', '.'],
    [...author, 'commit', '-qm', 'Start'],
  ]) {
    await run('git', args, { cwd: repository });
  }
  const { permissions, sandboxed, timeout, deadline } = scenario;
  const agents = Object.fromEntries(
    names.map((each) => [
      each,
      {
        ...{ role: 'backend', executor: { ...programs[each]?.executor, permissions } },
        ...(sandboxed && { sandbox: { type: 'bubblewrap', readable: programs[each]?.readable } }),
      },
    ]),
  );
  const config = path.join(directory, 'aurora.config.json');
  writeFileSync(config, JSON.stringify({ agents }));
  const plan = path.join(directory, 'plan.json');
  const tasks = names.map((each) => ({
    ...{ id: each, title: `Notes of ${each}`, agent: each, prompt: `Write ${each}.txt` },
    ...{ verify: ['test', '-f', `${each}.txt`], maxAttempts: 1, timeout, deadline },
  }));
  writeFileSync(plan, JSON.stringify({ version: 1, title: name, repository, tasks }));

  const settings = { ...env, AURORA_CONFIG: config };
  const report = await callAurora(['run', '--plan', plan, '--follow', '--json'], settings);
  const { runId, branch } = JSON.parse(report) as { runId: string; branch: string };
  const merged = await run('git', ['ls-tree', '--name-only', branch], { cwd: repository }).then(
    ({ stdout }) => stdout.split('\n'),
    (): string[] => [],
  );
  const seen: Seen[] = [];
  for (const program of names) {
    const logs = await callAurora(['logs', `${runId}/${program}`, '--json'], settings);
    const attempts = JSON.parse(logs) as readonly Attempt[];
    const last = attempts.at(-1);
    const { inputTokens = '-', outputTokens = '-', costUsd } = last?.usage ?? {};
    seen.push({
      program,
      attempts: attempts.map(({ state, failure }) => failure?.class ?? state).join(', '),
      merged: merged.includes(`${program}.txt`),
      tokens: `${inputTokens} in, ${outputTokens} out${costUsd === undefined ? '' : `, $${costUsd.toFixed(4)}`}`,
      seconds: attempts.reduce((sum, each) => sum + secondsOf(each), 0),
      said: last?.failure?.message.replaceAll(/\s+/g, ' ').slice(0, 100) ?? '',
    });
  }
  return seen;
}

const secondsOf = ({ startedAt, finishedAt }: Attempt) =>
  Math.round((Date.parse(finishedAt ?? startedAt) - Date.parse(startedAt)) / 1_000);

/** Programs that still run with this home folder (Linux). */
export function leftRunning(home: string): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`HOME=${home}`);
      } catch {
        return false; // It has ended meanwhile, or is another user's.
      }
    });
}
