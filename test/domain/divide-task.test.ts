import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { divideTask, type Divisible } from '../../src/domain/divide-task.ts';
import { splitSchema } from '../../src/domain/split.ts';
import { buildTaskGraph } from '../../src/domain/task-graph.ts';
import { taskSchema } from '../../src/domain/task.ts';
import { randomDag } from '../support/random-dag.ts';

const whole: Divisible = {
  spec: taskSchema.parse({
    ...{ id: 'api', title: 'The API', role: 'backend', capabilities: ['typescript'] },
    ...{ dependsOn: ['schema'], requirements: ['REQ-001', 'REQ-002'], verify: ['npm', 'test'] },
    ...{ scope: ['src/**'], priority: 2, maxAttempts: 3, timeout: '20m', prompt: 'Notes.' },
  }),
  splitDepth: 0,
  parts: 0,
};
const run = { parts: 0, isTaken: () => false };
const split = (...parts: object[]) =>
  splitSchema.parse(parts.map((part) => ({ title: 'A part', ...part })));
const divided = (...parts: object[]) => {
  const division = divideTask(whole, split(...parts), run);
  if (!division.ok) throw new Error(division.why);
  return division.parts;
};

test('parts are as the task in what they do not say, except its check and its prompt', () => {
  const [reads, writes] = divided(
    { id: 'reads' },
    {
      ...{ id: 'writes', dependsOn: ['reads'], role: 'database', requirements: ['REQ-002'] },
      ...{ priority: 7, verify: ['true'], prompt: 'POST', input: { n: 1 } },
    },
  );
  expect(reads).toEqual({
    ...{ id: 'api--reads', title: 'A part', role: 'backend', capabilities: ['typescript'] },
    ...{ dependsOn: ['schema'], requirements: ['REQ-001', 'REQ-002'], scope: ['src/**'] },
    ...{ priority: 2, maxAttempts: 3, timeout: 1_200_000, prompt: '', input: {} },
  });
  expect(writes).toMatchObject({
    ...{ id: 'api--writes', dependsOn: ['api--reads'], role: 'database', capabilities: [] },
    ...{ requirements: ['REQ-002'], priority: 7, verify: ['true'], prompt: 'POST' },
  });
});

test('any DAG of parts is one of tasks under names that are free and acceptable', () => {
  const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,63}$/);
  fc.assert(
    fc.property(randomDag(20), name, fc.integer({ min: 0, max: 9 }), (dag, id, taken) => {
      let asked = 0;
      const isTaken = () => asked++ < taken;
      const task = { ...whole, spec: { ...whole.spec, id } };
      const division = divideTask(task, split(...dag), { parts: 0, isTaken });
      if (!division.ok) throw new Error(division.why);
      for (const part of division.parts) expect(taskSchema.parse(part)).toEqual(part);
      const inside = division.parts.map((part) => ({
        ...part,
        dependsOn: part.dependsOn.filter((other) => other !== 'schema'),
      }));
      expect(buildTaskGraph(inside).ok).toBe(true);
    }),
  );
});

test('a name that is taken is numbered, and so is one that this takes', () => {
  const parts = split({ id: 'a' }, { id: 'a-2' });
  const division = divideTask(whole, parts, { parts: 0, isTaken: (id) => id === 'api--a' });
  const ids = division.ok && division.parts.map(({ id }) => id);
  expect(ids).toEqual(['api--a-2', 'api--a-2-2']);
});

describe('what cannot be', () => {
  const why = (task: Partial<Divisible>, around: Partial<typeof run>, ...parts: object[]) => {
    const division = divideTask({ ...whole, ...task }, split(...parts), { ...run, ...around });
    return division.ok ? 'it can' : division.why;
  };

  test.each([
    ['a part of a part of a part', why({ splitDepth: 2 }, {}, { id: 'a' }), '2 splits'],
    ['too many of a task', why({ parts: 50 }, {}, { id: 'a' }), '51 parts'],
    ['too many of a run', why({}, { parts: 1_000 }, { id: 'a' }), 'more than 1000'],
    ['two of one name', why({}, {}, { id: 'a' }, { id: 'a' }), 'parts[1].id: "a" is used'],
    ['one outside of the split', why({}, {}, { id: 'a', dependsOn: ['schema'] }), 'no task has'],
    ['a cycle', why({}, {}, { id: 'a', dependsOn: ['b'] }, { id: 'b', dependsOn: ['a'] }), 'cycle'],
    ['a foreign requirement', why({}, {}, { id: 'a', requirements: ['REQ-009'] }), 'REQ-009'],
  ])('%s', (_name, said, expected) => {
    expect(said).toContain(expected);
  });
});
