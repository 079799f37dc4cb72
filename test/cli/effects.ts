import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { hasLivingMember } from '../../src/agents/group-members.ts';

/**
 * An agent as a program: notes when a task begins and ends, with its own pid, so that work done
 * twice shows. Its input says how long it takes, what it writes, and how it ends.
 */
const program = `
import { appendFileSync, existsSync, writeFileSync } from 'node:fs';
const [effects] = process.argv.slice(2);
const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const { task } = JSON.parse(Buffer.concat(chunks).toString());
const note = (what) => appendFileSync(effects, [what, task.id, process.pid].join(' ') + '\\n');
note('begin');
if (task.input.until) while (!existsSync(task.input.until)) await new Promise((r) => setTimeout(r, 20));
if (task.input.sleep) await new Promise((r) => setTimeout(r, task.input.sleep));
if (task.input.exit) process.exit(task.input.exit);
writeFileSync(task.id + '.txt', 'done\\n');
note('end');
`;

export interface Effects {
  /** Pids of the programs that began a task, in order. */
  begun(taskId: string): number[];
  /** How often a task was carried through. */
  ended(taskId: string): number;
  /** Pids of all programs that were ever started and still live. */
  living(): Promise<number[]>;
}

/** Writes a configuration whose agents are that program, and gives its log to read. */
export function makeFleetFolder(folder: string, agents: readonly string[]): Effects {
  const log = path.join(folder, 'effects.log');
  writeFileSync(log, '');
  writeFileSync(path.join(folder, 'agent.mjs'), program);
  const executor = { type: 'command', command: ['node', path.join(folder, 'agent.mjs'), log] };
  const entries = agents.map((name) => [name, { role: name, concurrency: 2, executor }]);
  const config = JSON.stringify({ agents: Object.fromEntries(entries) as unknown });
  writeFileSync(path.join(folder, 'aurora.config.json'), config);
  const lines = () =>
    readFileSync(log, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.split(' ') as [string, string, string]);
  return {
    begun: (taskId) =>
      lines()
        .filter(([what, id]) => what === 'begin' && id === taskId)
        .map(([, , pid]) => Number(pid)),
    ended: (taskId) => lines().filter(([what, id]) => what === 'end' && id === taskId).length,
    async living() {
      const pids = [...new Set(lines().map(([, , pid]) => Number(pid)))];
      const alive = await Promise.all(pids.map((pid) => hasLivingMember(pid)));
      return pids.filter((_, index) => alive[index]);
    },
  };
}
