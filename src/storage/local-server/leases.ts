import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isAlive, processMark } from './process-mark.ts';

/** Notes in `folder` that this process uses the server. Returns the lease's file. */
export async function takeLease(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const mark = await processMark(process.pid);
  const lease = join(folder, `${mark}-${randomBytes(6).toString('hex')}`);
  await writeFile(lease, '', { flag: 'wx', mode: 0o600 });
  return lease;
}

/** Gives a lease back. */
export async function returnLease(lease: string): Promise<void> {
  await rm(lease, { force: true });
}

/** How many leases living processes hold; those of the dead are removed on the way. */
export async function countLeases(folder: string): Promise<number> {
  await mkdir(folder, { recursive: true });
  let count = 0;
  for (const name of await readdir(folder)) {
    if (await isAlive(name)) count += 1;
    else await rm(join(folder, name), { force: true });
  }
  return count;
}
