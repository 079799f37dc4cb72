import type { Db } from './database.ts';

interface Waiting<T, R> {
  readonly item: T;
  readonly resolve: (result: R) => void;
  readonly reject: (error: unknown) => void;
}

/** Most that is written in one go. */
const mostAtOnce = 200;

/**
 * Writes what one process has to write together: an item that comes while nothing is being written is
 * written at once, and all that come meanwhile are the next group. A group that cannot be written is
 * written one by one, so that one item's trouble is not that of its neighbours.
 *
 * @param together writes a group in one commit, and answers for each item in the same order
 */
export function groupCommit<T, R>(
  together: (db: Db, items: readonly T[]) => Promise<readonly R[]>,
): (db: Db, item: T) => Promise<R> {
  const groups = new WeakMap<Db, Waiting<T, R>[]>();

  const alone = async (db: Db, { item, resolve, reject }: Waiting<T, R>): Promise<void> => {
    try {
      const [result] = await together(db, [item]);
      resolve(result as R);
    } catch (error) {
      reject(error);
    }
  };
  const write = async (db: Db, group: readonly Waiting<T, R>[]): Promise<void> => {
    const [only] = group;
    if (group.length === 1 && only !== undefined) return alone(db, only);
    let results: readonly R[];
    try {
      results = await together(
        db,
        group.map(({ item }) => item),
      );
    } catch {
      // Whose trouble it was shows when each is written by itself.
      for (const each of group) await alone(db, each);
      return;
    }
    group.forEach(({ resolve }, index) => resolve(results[index] as R));
  };
  const writeAll = async (db: Db, waiting: Waiting<T, R>[]): Promise<void> => {
    while (waiting.length > 0) await write(db, waiting.splice(0, mostAtOnce));
    groups.delete(db);
  };
  return (db, item) =>
    new Promise<R>((resolve, reject) => {
      const waiting = groups.get(db);
      if (waiting !== undefined) {
        waiting.push({ item, resolve, reject });
        return;
      }
      const first = [{ item, resolve, reject }];
      groups.set(db, first);
      // What the same turn of the event loop brings comes along.
      setImmediate(() => void writeAll(db, first));
    });
}
