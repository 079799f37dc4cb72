import path from 'node:path';
import { expect, test } from 'vitest';
import { disturbances, oneOfEach } from '../../chaos/disturbance.ts';
import { givenPlan } from '../../chaos/given-plan.ts';
import { seededRandom } from '../../chaos/random.ts';
import { randomPlan } from '../../chaos/random-plan.ts';
import { writeFileSync } from 'node:fs';
import { tempDir } from '../support/temp-dir.ts';

const kinds = ['worker', 'maestro', 'web', 'redis-server', 'postgres'] as const;

function firstActs(seed: number) {
  const row = disturbances(seededRandom(seed), kinds, { lockDuration: 4_000, slowness: 1 });
  return Array.from({ length: 1_000 }, () => row.next().value);
}

test('a seed decides what is done to whom, and every kind has its share', () => {
  const acts = firstActs(7);
  expect(firstActs(7)).toEqual(acts);
  expect(firstActs(8)).not.toEqual(acts);
  for (const kind of kinds) {
    const own = acts.filter((act) => act.kind === kind);
    expect(own.length).toBeGreaterThan(100);
    expect(new Set(own.map(({ act }) => act))).toEqual(new Set(['kill', 'freeze']));
  }
  // What is frozen sleeps past its locks.
  expect(acts.every(({ act, away }) => act === 'kill' || away > 4_000)).toBe(true);
});

test('one of each kind is killed, in an order that the seed decides', () => {
  const pace = { lockDuration: 4_000, slowness: 2 };
  const acts = oneOfEach(seededRandom(1), kinds, pace);
  expect(oneOfEach(seededRandom(1), kinds, pace)).toEqual(acts);
  expect(oneOfEach(seededRandom(2), kinds, pace)).not.toEqual(acts);
  const did = acts.map(({ act, kind }) => `${act} ${kind}`);
  expect(did.sort()).toEqual([...kinds.map((kind) => `kill ${kind}`), 'freeze worker'].sort());
});

test('a seed decides the DAG and what goes wrong in it', () => {
  const plan = randomPlan(seededRandom(7), 300);
  expect(randomPlan(seededRandom(7), 300)).toEqual(plan);
  const troubles = new Set(plan.tasks.map(({ conduct }) => conduct.trouble));
  expect(troubles).toEqual(new Set([undefined, 'transient', 'error', 'red', 'final', 'skip']));
  expect(plan.tasks.filter(({ conduct }) => conduct.parts).length).toBeGreaterThan(10);
  expect(plan.tasks.filter(({ dependsOn }) => dependsOn.length > 1).length).toBeGreaterThan(50);
});

test("a plan file's DAG is carried out by agents that can do all it asks for", async () => {
  const file = path.join(await tempDir(), 'plan.yaml');
  writeFileSync(
    file,
    `version: 1
title: Given
tasks:
  - { id: schema, title: S, role: database, capabilities: [sql], verify: [npm, test] }
  - { id: api, title: A, agent: backend-python, capabilities: [python], dependsOn: [schema] }
`,
  );
  const plan = (await givenPlan(file))(seededRandom(1));
  expect(plan.tasks.map(({ id, dependsOn, wants }) => ({ id, dependsOn, wants }))).toEqual([
    { id: 'schema', dependsOn: [], wants: { role: 'database', capabilities: ['sql'] } },
    {
      id: 'api',
      dependsOn: ['schema'],
      wants: { agent: 'backend-python', capabilities: ['python'] },
    },
  ]);
  expect(plan.agents.map(({ name, role }) => [name, role])).toEqual([
    ['database', 'database'],
    ['database-program', 'database'],
    ['backend-python', 'backend'],
    ['backend-python-program', 'backend'],
  ]);
});
