import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import type pg from 'pg';
import { integrationBranch } from '../src/domain/run.ts';
import type { ChaosTask } from './chaos-plan.ts';
import type { LogLine, RunFacts } from './check-run.ts';
import type { ChaosReport } from './run-chaos.ts';

const run = promisify(execFile);

/** Looks at all that there is to see of a run. */
export async function gatherFacts(
  pool: pg.Pool,
  subject: {
    readonly runId: string;
    readonly tasks: readonly ChaosTask[];
    readonly ended: RunFacts['ended'];
    readonly repository: string;
    readonly log: string;
  },
): Promise<RunFacts> {
  const { runId, tasks, ended, repository } = subject;
  const branch = integrationBranch(runId);
  const exists = (await git(repository, 'branch', '--list', branch)) !== '';
  const format = '--format=%(trailers:key=Aurora-Task,valueonly,separator=%x2C)';
  const merges = exists
    ? await git(
        repository,
        'log',
        '--first-parent',
        '--merges',
        '--reverse',
        format,
        `main..${branch}`,
      )
    : '';
  return {
    ...{ runId, tasks, ended },
    log: (await readLog(subject.log)).filter((line) => line.run === runId),
    merges: merges.split('\n').filter((line) => line !== ''),
    files: exists ? await readFiles(repository, branch) : new Map(),
    succeeded: await readSuccesses(pool, runId),
  };
}

export async function readLog(file: string): Promise<LogLine[]> {
  const text = await readFile(file, 'utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as LogLine);
}

async function readFiles(repository: string, branch: string): Promise<Map<string, string>> {
  const names = (await git(repository, 'ls-tree', '-r', '--name-only', branch)).split('\n');
  const files = new Map<string, string>();
  for (const name of names) files.set(name, await git(repository, 'show', `${branch}:${name}`));
  return files;
}

async function readSuccesses(pool: pg.Pool, runId: string): Promise<Map<string, number[]>> {
  const { rows } = await pool.query<{ task: string; epochs: number[] }>(
    `SELECT task_id AS task, array_agg(epoch) AS epochs FROM aurora.attempts
      WHERE run_id = $1 AND state = 'succeeded' GROUP BY task_id`,
    [runId],
  );
  return new Map(rows.map(({ task, epochs }) => [task, epochs]));
}

/** What all runs met as they were merged, and what was prevented, by the record. */
export async function countConflicts(
  pool: pg.Pool,
): Promise<Pick<ChaosReport, 'conflicts' | 'clashes' | 'prevented'>> {
  const { rows } = await pool.query<Awaited<ReturnType<typeof countConflicts>>>(
    `SELECT (SELECT count(*)::int FROM aurora.merge_conflicts) AS conflicts,
            (SELECT count(*)::int FROM aurora.prevented_conflicts) AS prevented,
            (SELECT count(*)::int FROM aurora.attempts
              WHERE failure -> 'clash' IS NOT NULL) AS clashes`,
  );
  return rows[0] as (typeof rows)[0];
}

async function git(repository: string, ...args: string[]): Promise<string> {
  const { stdout } = await run('git', args, { cwd: repository, maxBuffer: 2 ** 28 });
  return stdout;
}
