import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AuroraError } from '../../domain/errors.ts';
import { isAlive, pidOfMark, processMark } from './process-mark.ts';
import { readIfThere } from './read-if-there.ts';

/**
 * Runs `critical` while no other caller, in this process or another on this machine, runs one on the
 * same folder.
 *
 * Lamport's bakery algorithm with one file per caller: whoever holds the lowest number goes first,
 * and files of processes that died do not count. A lock file would have to be stolen from a dead
 * owner, and two thieves can steal from each other; here nobody ever takes anything from anybody.
 *
 * @param options.timeoutMs longest wait for the others, in milliseconds.
 * @throws AuroraError `embedded-postgres-failed` when a living process is still ahead by then.
 */
export async function withTicketLock<T>(
  folder: string,
  options: { timeoutMs: number },
  critical: () => Promise<T>,
): Promise<T> {
  await mkdir(folder, { recursive: true });
  const name = `${await processMark(process.pid)}-${randomBytes(6).toString('hex')}`;
  const ticket = join(folder, name);
  try {
    // An empty ticket says "choosing a number"; it must exist before the others are looked at.
    await writeFile(ticket, '', { flag: 'wx', mode: 0o600 });
    const others = await readTickets(folder, name);
    const number = 1 + Math.max(0, ...others.map((other) => other.number ?? 0));
    await writeFile(ticket, `${number}\n`);
    await waitForTurn(folder, { name, number }, options.timeoutMs);
    return await critical();
  } finally {
    await rm(ticket, { force: true });
  }
}

interface Ticket {
  readonly name: string;
  /** Undefined while its owner is still choosing. */
  readonly number: number | undefined;
}

async function waitForTurn(
  folder: string,
  mine: { name: string; number: number },
  timeoutMs: number,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const ahead = (await readTickets(folder, mine.name)).find(
      ({ name, number }) =>
        number === undefined ||
        number < mine.number ||
        (number === mine.number && name < mine.name),
    );
    if (!ahead) return;
    if (Date.now() > deadline) {
      throw new AuroraError(
        'embedded-postgres-failed',
        `Process ${pidOfMark(ahead.name)} has been starting or stopping the server of ${folder} ` +
          `for more than ${timeoutMs / 1000} s. Wait for it, or end that process and try again.`,
      );
    }
    await sleep(15);
  }
}

/** The tickets of the living, without our own; those of the dead are removed on the way. */
async function readTickets(folder: string, own: string): Promise<Ticket[]> {
  const tickets: Ticket[] = [];
  for (const name of await readdir(folder)) {
    if (name === own) continue;
    if (!(await isAlive(name))) {
      await rm(join(folder, name), { force: true });
      continue;
    }
    const text = await readIfThere(join(folder, name));
    // Without its newline the number is not written in full yet.
    if (text !== undefined)
      tickets.push({ name, number: text.endsWith('\n') ? Number(text) : undefined });
  }
  return tickets;
}
