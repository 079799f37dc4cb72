import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { commandOf, processesIn } from './processes-in.ts';

/** What a fleet that has ended should not have left: processes, worktrees, temporary folders. */
export async function findLeftovers(
  folder: string,
  dataDirs: readonly string[],
): Promise<string[]> {
  const found = await Promise.all(
    (await processesIn(folder)).map(async (pid) => `process ${pid}: ${await commandOf(pid)}`),
  );
  for (const dataDir of dataDirs) {
    found.push(...(await filesIn(path.join(dataDir, 'worktrees'))));
  }
  // tsx keeps its own cache there.
  found.push(
    ...(await filesIn(path.join(folder, 'tmp'))).filter((name) => !/\/tsx-\d+$/.test(name)),
  );
  return found;
}

async function filesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return names.map((name) => path.join(folder, name));
}
