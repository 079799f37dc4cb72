import pg from 'pg';

/** Milliseconds between two signs of life of a leader. */
const pingInterval = 3_000;
/** Milliseconds that a leader may be silent (frozen, cut off) before Postgres takes its office. */
const longestSilence = 15_000;
/** Milliseconds before a lost connection is replaced. */
const reconnectDelay = 1_000;

/** A time in office. */
export interface Term {
  /**
   * Whether the office is held. Never true for longer than Postgres holds it for us, not even in the
   * first moment after a process was frozen, when it has not heard yet what it has lost.
   */
  isOurs(): boolean;
}

export interface Leadership {
  /** Gives the office up, if it is held; the next in line has it at once. */
  close(): Promise<void>;
}

/**
 * Stands for an office that one process of the fleet holds at a time: an advisory lock of a session of
 * its own. The others wait inside Postgres, without polling, and one of them is let in the moment the
 * holder's session ends, however it ends. A holder that is silent for too long loses its session. It
 * may not know yet when its successor starts, so whatever a leader does must be harmless when two do.
 *
 * Resolves when it is known whether the office was free; if so, `lead` has been called.
 *
 * @param lead called when the office is ours
 * @param ping called every few seconds while it is ours
 * @param silence milliseconds; for those who freeze leaders
 */
export async function standForOffice(
  url: string,
  office: string,
  lead: (term: Term) => void,
  ping: () => Promise<void>,
  onError: (error: unknown) => void,
  silence = longestSilence,
): Promise<Leadership> {
  let closed = false;
  let session: pg.Client | undefined;
  let term = new AbortController();
  let retry: NodeJS.Timeout | undefined;
  let timer: NodeJS.Timeout | undefined;

  const stand = async (settled: () => void): Promise<void> => {
    const client = new pg.Client({
      connectionString: url,
      application_name: `aurora-${office}`,
      keepAlive: true,
    });
    session = client;
    const ours = new AbortController();
    term = ours;
    const lost = (error?: unknown) => {
      if (session !== client) return;
      session = undefined;
      clearTimeout(timer);
      ours.abort();
      client.end().catch(() => undefined);
      if (closed) return;
      if (error !== undefined) onError(error);
      retry = setTimeout(() => void stand(() => undefined), reconnectDelay);
    };
    client.on('error', lost);
    client.on('end', () => lost());
    const lock = `hashtextextended('aurora:${office}', 0)`;
    try {
      await client.connect();
      await client.query(`SET idle_session_timeout = ${silence}`);
      const { rows } = await client.query<{ ours: boolean }>(
        `SELECT pg_try_advisory_lock(${lock}) AS ours`,
      );
      if (rows[0]?.ours !== true) {
        settled();
        await client.query(`SELECT pg_advisory_lock(${lock})`);
      }
    } catch (error) {
      lost(error);
      return;
    } finally {
      settled();
    }
    if (closed || ours.signal.aborted) return;
    // Postgres counts from the end of our last statement, hence from later than we do.
    let lastSign = performance.now();
    const isOurs = () => !ours.signal.aborted && performance.now() - lastSign < silence;
    const again = () => {
      timer = setTimeout(
        () => {
          const sent = performance.now();
          client
            .query('SELECT 1')
            .then(() => {
              lastSign = sent;
              return ping();
            })
            .catch((error: unknown) => onError(error))
            .finally(() => {
              if (!ours.signal.aborted) again();
            });
        },
        Math.min(pingInterval, silence / 5),
      );
    };
    again();
    lead({ isOurs });
  };
  await new Promise<void>((settled) => void stand(settled));
  return {
    async close() {
      closed = true;
      term.abort();
      clearTimeout(retry);
      clearTimeout(timer);
      const client = session;
      session = undefined;
      // Someone who waits for the lock cannot be asked to stop politely.
      if (client !== undefined) await client.end();
    },
  };
}
