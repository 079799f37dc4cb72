const lastInLine = new Map<string, Promise<unknown>>();

/**
 * Runs one action after the other for each key, within this process. Must not be called with the
 * same key from inside an action.
 */
export async function inTurn<T>(key: string, action: () => Promise<T>): Promise<T> {
  const before = lastInLine.get(key) ?? Promise.resolve();
  const own = before.then(action);
  const settled = own.catch(() => {}); // The next one in line does not fail with us.
  lastInLine.set(key, settled);
  try {
    return await own;
  } finally {
    if (lastInLine.get(key) === settled) lastInLine.delete(key);
  }
}
