import pg from 'pg';

/**
 * Milliseconds that a process may stay silent in the middle of a transaction: a frozen one shall not
 * keep its rows locked for ever. As long as locks on jobs; by then others have its work.
 */
const longestSilence = 60_000;

/**
 * A pool that outlives its server. A connection can break while nobody waits for an answer on it:
 * idle in the pool, or between two statements of a transaction. Its next use tells.
 */
export function openPool(config: pg.PoolConfig): pg.Pool {
  const pool = new pg.Pool({ ...config, idle_in_transaction_session_timeout: longestSilence });
  pool.on('error', () => undefined);
  // The pool itself listens only while a connection is idle.
  pool.on('connect', (client) => client.on('error', () => undefined));
  giveBackBroken(pool);
  return pool;
}

/**
 * Gives broken connections back in the name of those who use them. Drizzle never does when it is the
 * BEGIN of a transaction that fails: each would take a place in the pool for ever, and the pool could
 * not be closed (the process then ends with 13).
 */
function giveBackBroken(pool: pg.Pool): void {
  const used = new Set<pg.PoolClient>();
  pool.on('acquire', (client) => used.add(client));
  pool.on('release', (_error, client) => used.delete(client));
  pool.on('connect', (client) => {
    client.on('end', () => {
      if (!used.has(client)) return;
      client.release(true);
      // Whoever has it still may give it back as well.
      client.release = () => undefined;
    });
  });
}
