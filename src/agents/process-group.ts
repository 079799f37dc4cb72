import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AttemptKey } from '../git/refs.ts';
import { attemptVariables, stopStrays } from '../git/stop-processes-of.ts';
import { hasLivingMember } from './group-members.ts';
import { type MemoryExcess, watchMemory } from './memory-watch.ts';
import { createLineSplitter } from './output-lines.ts';
import { createOutputTail, maskSecrets } from './output-tail.ts';

export interface ProcessGroupOptions {
  /** The program and its arguments; never passed to a shell. */
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** For whom it runs: told to the program, and what has left its group but carries this ends with it. */
  readonly attempt?: AttemptKey | undefined;
  readonly input?: string | undefined;
  readonly signal?: AbortSignal;
  /** Milliseconds between SIGTERM and SIGKILL; 5 s when not given. */
  readonly gracePeriod?: number;
  /** Bytes that it may use together with what it starts; looked at every second. */
  readonly maxMemory?: number | undefined;
  /** Characters of output that are kept; 64 Ki when not given. */
  readonly tailSize?: number;
  /** Values to replace by `***` in the output. */
  readonly secrets?: readonly string[];
  readonly onOutput?: ((chunk: string) => void) | undefined;
  /**
   * Reads the output a line at a time, without the secrets. What it returns is kept in place of the
   * line; nothing of the line when that is empty.
   */
  readonly readLine?: ((line: string, source: 'stdout' | 'stderr') => string) | undefined;
  /**
   * Speaks with the program on its stdin and stdout, instead of `input` and `readLine`. When it is
   * over the program is stopped; when the program has to stop it has the grace period to get over.
   */
  readonly converse?: ((conversation: Conversation) => Promise<void>) | undefined;
}

export interface Conversation {
  readonly stdin: Writable;
  readonly stdout: Readable;
  /** Adds to the output; an empty text only says that it is at work. */
  readonly show: (text: string) => void;
}

type ProcessEnd =
  | { readonly kind: 'exited'; readonly exitCode: number }
  /** Killed by somebody else: the system when memory ran out, for instance. */
  | { readonly kind: 'killed'; readonly signal: NodeJS.Signals }
  /** Stopped by us because of `signal`, whose reason this is. */
  | { readonly kind: 'aborted'; readonly reason: unknown }
  /** Killed because of `maxMemory`. */
  | ({ readonly kind: 'out-of-memory' } & MemoryExcess)
  /** Nobody knows how it ended: what it ran in was lost. */
  | { readonly kind: 'lost'; readonly message: string }
  | {
      readonly kind: 'not-started';
      /** not-confined: what would have confined it cannot be had. */
      readonly problem:
        'not-found' | 'not-executable' | 'no-directory' | 'too-large' | 'not-confined' | 'other';
      readonly message: string;
    };

export type ProcessOutcome = ProcessEnd & { readonly outputTail: string };

const defaultGracePeriod = 5_000;
const defaultTailSize = 64 * 1024;
/** Milliseconds. How long a group may take to vanish after SIGKILL, or a pipe to close. */
const lastWait = 2_000;

const live = new Map<number, () => Promise<void>>();
let killsAtExit = false;

/**
 * Runs a program as the leader of a process group of its own and waits until the whole group is
 * gone: children that outlive the leader are stopped as well, in sessions of their own too (Linux). Resolves for everything that the
 * program can do wrong.
 */
export async function runProcessGroup(options: ProcessGroupOptions): Promise<ProcessOutcome> {
  const tail = createOutputTail({
    size: options.tailSize ?? defaultTailSize,
    secrets: options.secrets ?? [],
    onOutput: options.onOutput,
  });
  const finish = (end: ProcessEnd): ProcessOutcome => ({ ...end, outputTail: tail.text() });
  const { attempt } = options;
  if (options.signal?.aborted) return finish({ kind: 'aborted', reason: options.signal.reason });
  const [program = '', ...args] = options.argv;
  let child;
  try {
    child = spawn(program, args, {
      cwd: options.cwd,
      env: attempt === undefined ? options.env : { ...options.env, ...attemptVariables(attempt) },
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
  } catch (error) {
    return finish(notStarted(options.cwd, error));
  }
  const { pid } = child;
  const started = new Promise<unknown>((resolve) => child.once('error', resolve));
  if (pid === undefined) return finish(notStarted(options.cwd, await started));

  const gracePeriod = options.gracePeriod ?? defaultGracePeriod;
  let stopping: Promise<void> | undefined;
  const stop = () => (stopping ??= stopGroup(pid, gracePeriod));
  register(pid, stop);
  let stoppedFor: ProcessEnd | undefined;
  let conversation: Promise<void> | undefined;
  const onAbort = () => {
    stoppedFor ??= { kind: 'aborted', reason: options.signal?.reason };
    if (conversation === undefined) void stop();
    else
      void Promise.race([conversation, sleep(gracePeriod, undefined, { ref: false })]).then(stop);
  };
  options.signal?.addEventListener('abort', onAbort, { once: true });
  const onOver = (memory: MemoryExcess) => {
    stoppedFor ??= { kind: 'out-of-memory', ...memory };
    // It would take more until it has stopped.
    stopping ??= stopGroup(pid, 0);
  };
  const unwatch = watchMemory(pid, options.maxMemory ?? Infinity, onOver);

  const { readLine, converse } = options;
  // A program is at work also where there is nothing to see.
  const show = (text: string) => (text === '' ? options.onOutput?.('') : tail.append(text));
  for (const name of ['stdout', 'stderr'] as const) {
    if (converse !== undefined && name === 'stdout') continue;
    const sink =
      readLine === undefined
        ? tail.stream()
        : createLineSplitter((line) => {
            const shown = readLine(maskSecrets(line, options.secrets ?? []), name);
            show(shown === '' ? '' : `${shown}\n`);
          });
    child[name].on('data', sink.write);
    child[name].once('close', sink.end);
  }
  // A program that does not read its input is no error; its exit code says what happened.
  child.stdin.on('error', () => {});
  if (converse === undefined) child.stdin.end(options.input ?? '');
  else {
    const { stdin, stdout } = child;
    conversation = converse({ stdin, stdout, show });
    void conversation.finally(stop);
  }

  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const end = await new Promise<ProcessEnd>((resolve) => {
    child.once('exit', (exitCode, signal) =>
      resolve(
        exitCode === null
          ? { kind: 'killed', signal: signal ?? 'SIGKILL' }
          : { kind: 'exited', exitCode },
      ),
    );
  });
  options.signal?.removeEventListener('abort', onAbort);
  await stop();
  unwatch();
  if (attempt !== undefined) await stopStrays(attempt, pid, gracePeriod);
  live.delete(pid);
  // A process that left the group may hold the pipes open; it does not hold us.
  await Promise.race([closed, sleep(lastWait, undefined, { ref: false })]);
  child.stdout.destroy();
  child.stderr.destroy();
  await conversation;
  return finish(stoppedFor ?? end);
}

/** Stops every group that this process still runs; for a process that closes. */
export async function stopProcessGroups(): Promise<void> {
  await Promise.all([...live.values()].map((stop) => stop()));
}

function register(pid: number, stop: () => Promise<void>): void {
  live.set(pid, stop);
  if (killsAtExit) return;
  killsAtExit = true;
  // Whatever ends this process, short of SIGKILL, ends its agents.
  process.on('exit', () => live.forEach((_, group) => signalGroup(group, 'SIGKILL')));
}

/** SIGTERM, then SIGKILL for what is left after the grace period. */
async function stopGroup(pid: number, gracePeriod: number): Promise<void> {
  if (!signalGroup(pid, 'SIGTERM')) return;
  if (await groupEnds(pid, gracePeriod)) return;
  signalGroup(pid, 'SIGKILL');
  await groupEnds(pid, lastWait);
}

async function groupEnds(pid: number, within: number): Promise<boolean> {
  const deadline = Date.now() + within;
  for (let wait = 5; ; wait = Math.min(wait * 2, 100)) {
    if (!signalGroup(pid, 0) || !(await hasLivingMember(pid))) return true;
    if (Date.now() >= deadline) return false;
    await sleep(wait);
  }
}

/** False when the group has no process. */
function signalGroup(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-pid, signal);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ESRCH') return false;
    // A member that runs as another user (sudo); the others have got the signal.
    if (code === 'EPERM') return true;
    throw error;
  }
}

function notStarted(cwd: string, error: unknown): ProcessEnd {
  const { code = '', message } = error as NodeJS.ErrnoException;
  const problems = {
    ENOENT: 'not-found',
    ENOTDIR: 'not-found',
    EACCES: 'not-executable',
    ENOEXEC: 'not-executable',
    EPERM: 'not-executable',
    E2BIG: 'too-large',
  } as const;
  // Node reports a missing working directory as a missing program.
  const problem = !existsSync(cwd)
    ? 'no-directory'
    : (problems[code as keyof typeof problems] ?? 'other');
  return { kind: 'not-started', problem, message };
}
