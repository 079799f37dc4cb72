import { expect, onTestFailed, onTestFinished, test } from 'vitest';
import { oneOfEach } from '../../chaos/disturbance.ts';
import { seededRandom } from '../../chaos/random.ts';
import { randomPlan } from '../../chaos/random-plan.ts';
import { runChaos } from '../../chaos/run-chaos.ts';
import { describeEachBackend } from '../support/backends.ts';

const seed = Number(process.env['CHAOS_SEED'] ?? 20260215);
/** Tasks of a run; runs follow each other while things are killed. */
const size = 15;

describeEachBackend(`chaos with seed ${seed}`, ({ kind: backend }) => {
  test('kill -9 of one of each: nothing early, lost, twice, stuck or left', async () => {
    const stop = new AbortController();
    onTestFinished(() => stop.abort());
    const lines: string[] = [];
    onTestFailed(() => console.error(lines.join('\n')));
    const random = seededRandom(seed);
    const { hits, deeds, tasks, executions, ...report } = await runChaos({
      ...{ backend, workers: 2, signal: stop.signal },
      disturbances: (kinds, pace) => oneOfEach(random, kinds, pace),
      nextPlan: () => randomPlan(random, size),
      note: (line) => lines.push(line),
    });
    const nothing = { early: [], lost: [], twice: [], stuck: [], left: [], crashes: [] };
    expect(report).toMatchObject(nothing);
    const servers = backend === 'redis' ? { 'redis-server': 1 } : {};
    expect(hits.kills).toEqual({ worker: 1, maestro: 1, web: 1, postgres: 1, ...servers });
    expect(hits.freezes).toEqual({ worker: 1 });
    // What a person aborts is not carried out to its end.
    expect(executions).toBeGreaterThanOrEqual(deeds.aborts === 0 ? tasks : 1);
  }, 600_000);
});
