import { readdir } from 'node:fs/promises';
import path from 'node:path';
import type { LogLine } from './check-run.ts';
import { commandOf, processesIn } from './processes-in.ts';

/** What a fleet that has ended should not have left: processes, worktrees, temporary folders. */
export async function findLeftovers(
  folder: string,
  dataDirs: readonly string[],
  log: readonly LogLine[],
): Promise<string[]> {
  const found = await Promise.all(
    (await processesIn(folder)).map(async (pid) => `process ${pid}: ${await commandOf(pid)}`),
  );
  for (const dataDir of dataDirs) {
    found.push(...(await filesIn(path.join(dataDir, 'worktrees'))));
    found.push(...(await filesIn(path.join(dataDir, 'attempts'))));
  }
  found.push(...(await filesIn(path.join(folder, 'tmp'))));
  for (const { child, task } of log) {
    // The number may be another process's by now.
    if (child !== undefined && (await commandOf(child)) === 'sleep 3600 ') {
      found.push(`process ${child}, which ${task} had left behind`);
    }
  }
  return found;
}

async function filesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return names.map((name) => path.join(folder, name));
}
