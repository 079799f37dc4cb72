import { firstWithin } from './scope-overlap.ts';

/** A task has let another one go first, which was changing a file of its scope, or was going to. */
export interface Way {
  readonly to: string;
  readonly file: string;
}

/** How many others a task lets go first, each once. */
export const mostWays = 5;
/** Seconds for which it lets one of them go first. */
export const longestWay = 120;
/** Where more files than these are being changed, hardly any work meets nobody, and none is looked for. */
const mostFiles = 2_000;

/** What a scope has by name: such a file is as good as changed once its task runs. A glob claims nothing. */
export function filesNamedIn(scope: readonly string[]): string[] {
  return scope.filter((glob) => !/[*?]/.test(glob));
}

/**
 * Whom a task that could start shall let go first: another one of its run that is changing a file of its
 * scope or will, as long as there is work for its slot that meets nobody. So no slot is left empty for it, and as
 * each is let go first once, by a bounded number of tasks, nobody waits for ever.
 *
 * @param busy tasks that run, with the files that they change and will change
 * @param ready scopes of other tasks that could have the slot, and are as urgent
 */
export function whomToGiveWay(
  { scope, gaveWay }: { readonly scope: readonly string[]; readonly gaveWay: readonly Way[] },
  busy: readonly { readonly taskId: string; readonly files: readonly string[] }[],
  ready: readonly (readonly string[])[],
): Way | null {
  const all = [...new Set(busy.flatMap(({ files }) => files))];
  if (gaveWay.length >= mostWays || all.length > mostFiles) return null;
  for (const { taskId: to, files } of busy) {
    if (gaveWay.some((way) => way.to === to)) continue;
    const file = firstWithin(scope, files);
    if (file === undefined) continue;
    return ready.some((globs) => firstWithin(globs, all) === undefined) ? { to, file } : null;
  }
  return null;
}
