import { setTimeout as sleep } from 'node:timers/promises';
import type { Disturbance } from './disturbance.ts';
import type { Victim } from './victim.ts';

/** How many of each kind were hit. */
export interface Hits {
  readonly kills: Partial<Record<Victim['kind'], number>>;
  readonly freezes: Partial<Record<Victim['kind'], number>>;
}

/**
 * Does one disturbance after the other until the signal comes, then waits until all that was killed
 * or frozen is back.
 */
export async function torment(
  victims: readonly Victim[],
  row: Iterable<Disturbance>,
  signal: AbortSignal,
  note: (line: string) => void,
): Promise<Hits> {
  const hits = { kills: {}, freezes: {} } as {
    [act in keyof Hits]: Partial<Record<Victim['kind'], number>>;
  };
  const count = (act: keyof Hits, kind: Victim['kind']) => {
    hits[act][kind] = (hits[act][kind] ?? 0) + 1;
  };
  /** What is away has its own way back, and is not hit meanwhile. */
  const away = new Map<Victim, Promise<void>>();
  const strike = async (victim: Victim, { act, away: time }: Disturbance) => {
    if (act === 'kill') {
      if (await victim.kill()) count('kills', victim.kind);
      await sleep(time, undefined, { signal }).catch(() => undefined);
      await victim.restart();
    } else {
      if (await victim.freeze()) count('freezes', victim.kind);
      await sleep(time, undefined, { signal }).catch(() => undefined);
      await victim.wake();
    }
  };
  const failures: unknown[] = [];
  for (const disturbance of row) {
    await sleep(disturbance.after, undefined, { signal }).catch(() => undefined);
    if (signal.aborted || failures.length > 0) break;
    const peers = victims.filter(({ kind }) => kind === disturbance.kind);
    const victim = peers[Math.floor(disturbance.which * peers.length)];
    if (victim === undefined || away.has(victim)) continue;
    if (!victim.isServing() && !disturbance.early) continue;
    note(`${disturbance.act} ${disturbance.kind} for ${disturbance.away} ms`);
    away.set(
      victim,
      strike(victim, disturbance)
        .catch((error: unknown) => void failures.push(error))
        .then(() => void away.delete(victim)),
    );
  }
  await Promise.all(away.values());
  if (failures.length > 0) throw new AggregateError(failures, 'a victim could not be struck');
  return hits;
}
