/** Something that the harness kills or freezes, and that comes back. */
export interface Victim {
  readonly kind: 'worker' | 'maestro' | 'web' | 'redis-server' | 'postgres';
  /** Whether it does its work, rather than being away or about to start. */
  isServing(): boolean;
  /** kill -9. @returns false when there was nothing to kill */
  kill(): Promise<boolean>;
  /** Starts it again after a kill; does nothing when it runs. */
  restart(): Promise<void>;
  /** SIGSTOP. @returns false when there was nothing to freeze */
  freeze(): Promise<boolean>;
  /** SIGCONT; does nothing when it is not frozen. */
  wake(): Promise<void>;
  /** Ends it in good order. */
  stop(): Promise<void>;
}

/** @returns false when there is no such process (any more) */
export function sendSignal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}
