import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Agent } from '../../src/domain/agent.ts';

/**
 * An agent as a function: notes each execution, writes the file that its input names, and waits where
 * its input says so (the first attempt alone, until a file exists or it is stopped). Where its input
 * says so it hands the task on, once or always, or writes the files that settle a clash.
 */
const source = (log: string) => `
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
export default async function work(task, ctx) {
  appendFileSync(${JSON.stringify(log)}, task.id + ' ' + ctx.epoch + '\\n');
  const { waitFor, file, damage, handoff, settle } = task.input;
  if (file) {
    writeFileSync(path.join(ctx.directory, file), task.id + ' ' + ctx.epoch + '\\n');
    ctx.log('wrote ' + file);
  }
  if (waitFor && ctx.epoch === 1) {
    while (!existsSync(waitFor) && !ctx.signal.aborted) await sleep(10);
  }
  if (handoff && (handoff.always || ctx.handedOver.length === 0)) {
    const { always, ...given } = handoff;
    return ctx.handoff({ ...given, notes: 'as far as epoch ' + ctx.epoch });
  }
  if (damage && ctx.epoch === 1) writeFileSync(path.join(ctx.directory, '.git'), 'gitdir: /nowhere\\n');
  if (ctx.clash && settle) {
    const seen = ctx.clash.files.map((name) => readFileSync(path.join(ctx.directory, name), 'utf8'));
    for (const [name, text] of Object.entries(settle)) writeFileSync(path.join(ctx.directory, name), text);
    return { summary: 'settled ' + task.id, result: { clash: ctx.clash, seen } };
  }
  return { summary: 'did ' + task.id, result: { epoch: ctx.epoch, handedOver: ctx.handedOver } };
}
`;

/** One agent, `backend`, that keeps a log of what it has executed. */
export function moduleAgent(folder: string): {
  readonly agent: Agent;
  /** The epochs under which a task was executed. */
  executions(taskId: string): number[];
  /** The ids of what was executed, in this order. */
  order(): string[];
} {
  const log = path.join(folder, 'executions.log');
  writeFileSync(log, '');
  writeFileSync(path.join(folder, 'agent.mjs'), source(log));
  return {
    agent: {
      name: 'backend',
      role: 'backend',
      capabilities: [],
      weight: 1,
      concurrency: 4,
      executor: { type: 'function', module: './agent.mjs' },
    },
    order: () =>
      readFileSync(log, 'utf8')
        .split('\n')
        .flatMap((line) => line.split(' ')[0] || []),
    executions: (taskId) =>
      readFileSync(log, 'utf8')
        .split('\n')
        .filter((line) => line.split(' ')[0] === taskId)
        .map((line) => Number(line.split(' ')[1])),
  };
}
