import type pg from 'pg';

/**
 * Runs `work` unless another process of the fleet is at the same thing; the lock ends with the
 * connection, so it does not outlive a crash.
 *
 * @returns whether it ran
 */
export async function withAdvisoryLock(
  pool: pg.Pool,
  name: string,
  work: () => Promise<void>,
): Promise<boolean> {
  const client = await pool.connect();
  try {
    const { rows } = await client.query<{ locked: boolean }>(
      'SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS locked',
      [`aurora:${name}`],
    );
    if (rows[0]?.locked !== true) return false;
    try {
      await work();
    } finally {
      await client.query('SELECT pg_advisory_unlock(hashtextextended($1, 0))', [`aurora:${name}`]);
    }
    return true;
  } finally {
    client.release();
  }
}
