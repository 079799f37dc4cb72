import { expect, onTestFailed, onTestFinished, test } from 'vitest';
import { contendedPlan } from '../../chaos/contended-plan.ts';
import { oneOfEach } from '../../chaos/disturbance.ts';
import { seededRandom } from '../../chaos/random.ts';
import { runChaos } from '../../chaos/run-chaos.ts';

const seed = Number(process.env['CHAOS_SEED'] ?? 7);

test(`twelve tasks change the same ten files while workers die (seed ${seed}): all work is on the branch`, async () => {
  const stop = new AbortController();
  onTestFinished(() => stop.abort());
  const lines: string[] = [];
  onTestFailed(() => console.error(lines.join('\n')));
  const random = seededRandom(seed);
  const report = await runChaos({
    ...{ backend: 'postgres', workers: 2, signal: stop.signal },
    disturbances: (_kinds, pace) => oneOfEach(random, ['worker'], pace),
    nextPlan: () => contendedPlan(random, 12),
    note: (line) => lines.push(line),
  });
  const nothing = { early: [], lost: [], twice: [], stuck: [], left: [], crashes: [] };
  expect(report).toMatchObject(nothing);
  expect(report.hits.kills).toEqual({ worker: 1 });
}, 600_000);
