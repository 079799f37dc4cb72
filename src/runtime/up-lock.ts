import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { AuroraError } from '../domain/errors.ts';
import { isAlive, processMark } from '../storage/local-server/process-mark.ts';
import { withTicketLock } from '../storage/local-server/ticket-lock.ts';

const upSchema = z.object({
  process: z.string(),
  url: z.string(),
  redisUrl: z.string().optional(),
});

export interface RunningUp {
  /** Where its dashboard is; empty while it starts. */
  readonly url: string;
  /** The Redis that its queue is in, when it started one of its own. */
  readonly redisUrl?: string | undefined;
}

/** The `aurora up` that runs on a data folder; undefined when none does. */
export async function findRunningUp(dataDir: string): Promise<RunningUp | undefined> {
  try {
    const parsed = upSchema.parse(JSON.parse(await readFile(upFile(dataDir), 'utf8')));
    return (await isAlive(parsed.process)) ? parsed : undefined;
  } catch (error) {
    // No file, or one that a power cut left half-written: nobody runs by it.
    if (error instanceof SyntaxError || error instanceof z.ZodError) return undefined;
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * Notes that this process is the one `aurora up` of the data folder.
 *
 * @returns how to take the note back
 * @throws AuroraError already-running with the address of the other one
 */
export async function takeUpLock(dataDir: string): Promise<() => Promise<void>> {
  await withTicketLock(path.join(dataDir, 'up-tickets'), { timeoutMs: 10_000 }, async () => {
    const other = await findRunningUp(dataDir);
    if (other !== undefined) {
      throw new AuroraError(
        'already-running',
        `Aurora is up on ${dataDir} already${other.url ? `, at ${other.url}` : ''}: use that one, or set AURORA_DATA_DIR for another.`,
      );
    }
    await noteUp(dataDir, { url: '' });
  });
  return () => rm(upFile(dataDir), { force: true });
}

/** Completes the note of {@link takeUpLock}, once the port is known. */
export async function noteUp(dataDir: string, up: RunningUp): Promise<void> {
  const content = { process: await processMark(process.pid), ...up };
  await writeFile(upFile(dataDir), JSON.stringify(content), { mode: 0o600 });
}

const upFile = (dataDir: string) => path.join(dataDir, 'up.json');
