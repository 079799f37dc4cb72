/**
 * The agent of the chaos harness. It does what its task's input says, and keeps a log of its own, from
 * which the harness judges: nothing in it comes from Aurora's record or queue.
 *
 * As a function (`{ type: 'function' }`) it runs within the worker; as a program it reads its task from
 * standard input, as any command does.
 */
import { spawn } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** Ends an attempt with the exit code that a command gives, or what a function throws instead. */
class Give extends Error {
  constructor(message, exitCode) {
    super(message);
    this.exitCode = exitCode;
    // What Aurora reads of an error that a function throws.
    this.retryable = { 75: true, 78: false }[exitCode];
  }
}

const isProgram = process.argv[1] === fileURLToPath(import.meta.url);

/**
 * Adds a line to a file that others add theirs to. Of a merge that is to be finished it keeps every line of
 * both sides.
 */
function addLine(file, line) {
  const marks = /^(?:<{7}|\|{7}|={7}|>{7})(?: .*)?$/;
  const lines = readFileSync(file, 'utf8').split('\n');
  const kept = new Set(lines.filter((each) => each !== '' && !marks.test(each)));
  writeFileSync(file, `${[...kept.add(line)].join('\n')}\n`);
}

export default async function work(task, context) {
  const { runId, epoch, attempt, directory, signal, parts, log: say } = context;
  const { log, answers, sleep: duration, trouble, shared = [], early, orphan } = task.input;
  const effects = path.join(directory, 'effects');
  const note = (event, more = {}) => {
    const line = { event, run: runId, task: task.id, epoch, attempt, pid: process.pid, ...more };
    // One write of one line in append mode: lines of several processes do not mix.
    appendFileSync(log, `${JSON.stringify(line)}\n`);
  };
  note('start', { seen: existsSync(effects) ? readdirSync(effects) : [] });
  if (orphan && isProgram) {
    // Leaves its process group and session, and stays unless somebody ends it.
    const child = spawn('sleep', ['3600'], { cwd: '/', detached: true, stdio: 'ignore' });
    child.unref();
    note('orphan', { child: child.pid });
  }
  // Tasks that do this side by side conflict.
  const addLines = () => {
    for (const file of shared) addLine(path.join(directory, file), task.id);
    if (shared.length > 0) say(`changed ${shared.join(' ')}\n`);
  };
  if (early) addLines();
  await sleep(duration, undefined, { signal });
  if (task.input.parts !== undefined && parts.length === 0) {
    const split = task.input.parts.map(({ id, dependsOn, conduct }) => ({
      ...{ id, dependsOn, title: `Part ${id}`, input: { log, answers, ...conduct } },
    }));
    return { split };
  }
  if (attempt === 1 && trouble === 'transient') throw new Give('not now', 75);
  if (attempt === 1 && trouble === 'error') throw new Give('it did not work', 1);
  if (trouble === 'final' && !existsSync(path.join(answers, `${runId}.${task.id}`))) {
    throw new Give('a person has to decide', 78);
  }
  if (trouble === 'skip') throw new Give('it cannot be done', 78);
  mkdirSync(effects, { recursive: true });
  const red = attempt === 1 && trouble === 'red';
  writeFileSync(path.join(effects, task.id), `${red ? 'bad' : 'good'} ${task.id} ${epoch}\n`);
  if (!early) addLines();
  note('end');
  return { summary: `did ${task.id}` };
}

if (isProgram) {
  const { task, parts } = JSON.parse(await text(process.stdin));
  try {
    const result = await work(task, {
      parts,
      runId: process.env.AURORA_RUN_ID,
      epoch: Number(process.env.AURORA_EPOCH),
      attempt: Number(process.env.AURORA_ATTEMPT),
      directory: process.cwd(),
      log: (words) => process.stdout.write(words),
    });
    writeFileSync(process.env.AURORA_RESULT_FILE, JSON.stringify(result));
  } catch (error) {
    if (!(error instanceof Give)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = error.exitCode;
  }
}
