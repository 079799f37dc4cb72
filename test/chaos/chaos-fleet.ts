import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Agent } from '../../src/domain/agent.ts';
import { submitRun } from '../../src/maestro/submit-run.ts';
import type { TestBackend } from '../support/backends.ts';
import { openTestFleet, type TestFleet } from '../support/fleet.ts';
import { git, makeRepository } from '../support/repository.ts';
import { startFleetProcess, type FleetProcess } from './processes.ts';

/**
 * An agent as a program: notes when it starts and with which finished dependencies it finds itself
 * (the files that they have merged), writes a file, and notes its end.
 */
const program = (log: string) => `
import { appendFileSync, existsSync, readdirSync, writeFileSync } from 'node:fs';
const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const { task } = JSON.parse(Buffer.concat(chunks).toString());
const { AURORA_EPOCH: epoch } = process.env;
const note = (event) => appendFileSync(${JSON.stringify(log)},
  JSON.stringify({ event, task: task.id, epoch: Number(epoch), pid: process.pid, files: readdirSync('.') }) + '\\n');
note('start');
await new Promise((resolve) => setTimeout(resolve, task.input.sleep ?? 0));
while (epoch === '1' && task.input.waitFor && !existsSync(task.input.waitFor)) {
  await new Promise((resolve) => setTimeout(resolve, 10));
}
writeFileSync(task.id, task.id + ' ' + epoch + '\\n');
note('end');
`;

interface Note {
  readonly event: 'start' | 'end';
  readonly task: string;
  readonly epoch: number;
  readonly pid: number;
  /** What was in the worktree. */
  readonly files: readonly string[];
}

/** A fleet of several processes, and this one to look at it. */
export async function openChaosFleet(backend: TestBackend, folder: string, lockDuration: number) {
  const log = path.join(folder, 'executions.log');
  writeFileSync(log, '');
  writeFileSync(path.join(folder, 'agent.mjs'), program(log));
  const agents = ['one', 'two'].map((name): Agent => ({
    ...{ name, role: 'backend', capabilities: [], weight: 1, concurrency: 2 },
    executor: { type: 'command', command: ['node', path.join(folder, 'agent.mjs')], env: [] },
  }));
  const fleet: TestFleet = await openTestFleet({
    ...{ backend, agents, dataDir: folder },
    parts: { maestro: false, agents: [] },
  });
  const { services } = fleet;
  return {
    fleet,
    db: services.database.db,
    worktrees: path.join(services.env.dataDir, 'worktrees'),
    notes: () =>
      readFileSync(log, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Note),
    start: (parts: { maestro: boolean; serves: readonly string[] }): FleetProcess =>
      startFleetProcess({
        databaseUrl: services.database.url,
        redisUrl: services.env.redisUrl,
        redisPrefix: services.queues.requirements.opts.prefix ?? '',
        directory: folder,
        dataDir: services.env.dataDir,
        agents,
        lockDuration,
        ...parts,
      }),
    async submit(name: string, tasks: readonly object[]) {
      const repository = makeRepository(path.join(folder, name), { README: 'Here.\n' });
      const plan = { version: 1, title: name, tasks };
      const { run } = await submitRun(fleet.maestro, { plan, repository });
      return { runId: run.id, repository };
    },
    /** Which task each merge of the run's branch is of, oldest first. */
    merges(repository: string, runId: string): string[] {
      const format = '--format=%(trailers:key=Aurora-Task,valueonly,separator=%x2C)';
      const args = ['--first-parent', '--merges', '--reverse', format];
      return git(repository, 'log', ...args, `main..aurora/${runId}`).split('\n');
    },
  };
}
