import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FleetProcessOptions } from './fleet-process.ts';
import { sendSignal, type Victim } from './victim.ts';

/** Milliseconds before a process that ended by itself is started again, as a process manager does. */
const respawnDelay = 500;
/** Milliseconds that a process may take to end when it is asked to. */
const stopPatience = 30_000;

export interface FleetVictim extends Victim {
  /** Resolves when it takes work; rejects when the process ends before. */
  readonly serving: () => Promise<void>;
  /** Its last words, each time it ended by itself after it had begun to serve. */
  readonly crashes: () => readonly string[];
}

export interface FleetVictimOptions {
  /** What is started: fleet-process.ts, compiled. */
  readonly program: string;
  readonly kind: 'worker' | 'maestro' | 'web';
  readonly name: string;
  readonly options: FleetProcessOptions;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
}

/** A process of the fleet that is started again whenever it ends. */
export function startFleetProcess(given: FleetVictimOptions): FleetVictim {
  const { program, kind, name, options, env, cwd } = given;
  const log = createWriteStream(path.join(cwd, `${name}.log`), { flags: 'a' });
  let child: ChildProcess;
  let serving: Promise<void>;
  let ended: Promise<void>;
  let wanted = true;
  let frozen = false;
  const crashes: string[] = [];
  let served = false;

  function start(): void {
    const own = spawn(process.execPath, [program, JSON.stringify(options)], {
      cwd,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    own.stderr.pipe(log, { end: false });
    let words = '';
    own.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      words = (words + chunk).slice(-2_000);
    });
    child = own;
    served = false;
    frozen = false;
    ended = once(own, 'exit').then(async ([code]) => {
      if (child !== own || !wanted) return;
      if (served) crashes.push(`${name} ended with ${code}: ${words}`);
      served = false;
      await sleep(respawnDelay);
      if (child === own && wanted) start();
    });
    serving = new Promise((resolve, reject) => {
      own.stdout.once('data', () => {
        if (child === own) served = true;
        resolve();
      });
      own.once('exit', (code) =>
        reject(new Error(`${name} ended with ${code} at its start: ${words}`)),
      );
    });
    // Whoever kills it early does not look at this.
    serving.catch(() => undefined);
  }

  const isRunning = () => child.exitCode === null && child.signalCode === null;
  start();
  return {
    kind,
    serving: () => serving,
    crashes: () => crashes,
    isServing: () => served && !frozen && isRunning(),
    async kill() {
      wanted = false;
      served = false;
      const killed = isRunning() && child.kill('SIGKILL');
      await ended;
      return killed;
    },
    async restart() {
      wanted = true;
      if (!isRunning()) start();
    },
    async freeze() {
      if (!isRunning() || frozen) return false;
      frozen = true;
      return sendSignal(child.pid as number, 'SIGSTOP');
    },
    async wake() {
      if (frozen) child.kill('SIGCONT');
      frozen = false;
    },
    async stop() {
      wanted = false;
      if (isRunning()) child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), stopPatience);
      await ended;
      clearTimeout(timer);
      log.end();
      if (child.signalCode !== null) throw new Error(`${name} did not stop: ${child.signalCode}`);
      if (child.exitCode !== 0)
        crashes.push(`${name} ended with ${child.exitCode} when told to stop`);
    },
  };
}
