import fc from 'fast-check';
import { expect, test } from 'vitest';
import { buildTaskGraph } from '../../../src/domain/task-graph.ts';
import { taskSchema } from '../../../src/domain/task.ts';
import { breakCycles } from '../../../src/maestro/planning/break-cycles.ts';
import {
  planRequest,
  rulesPlanner,
  type Planner,
} from '../../../src/maestro/planning/request-planner.ts';
import { fleet } from './fleet.ts';

const task = (id: string, dependsOn: string[] = []) =>
  taskSchema.parse({ id, title: `Task ${id}`, role: 'backend', dependsOn });

test('tasks that need each other agree on a contract first, and it is said', () => {
  const { tasks, reasons, notes } = breakCycles(
    [task('base'), task('a', ['b', 'base']), task('b', ['a']), task('end', ['a', 'b'])],
    { a: { b: 'calls it', base: 'stands on it' } },
  );
  expect(tasks.map(({ id, dependsOn }) => [id, dependsOn])).toEqual([
    ['base', []],
    ['contract-a', ['base']],
    ['a', ['contract-a', 'base']],
    ['b', ['contract-a']],
    ['end', ['a', 'b']],
  ]);
  expect(reasons['a']).toEqual({
    base: 'stands on it',
    'contract-a': 'it breaks the circle of tasks that need each other',
  });
  expect(notes).toEqual([expect.stringContaining('"contract-a" now fixes what they share first')]);
});

test('whatever the edges, the outcome is a DAG with the same tasks and the edges between components', () => {
  const anyPlan = fc
    .array(fc.array(fc.nat(9), { maxLength: 3 }), { minLength: 1, maxLength: 10 })
    .map((lists) =>
      lists.map((picks, at) =>
        task(`t${at}`, [...new Set(picks.map((pick) => `t${pick % lists.length}`))]),
      ),
    );
  fc.assert(
    fc.property(anyPlan, (plan) => {
      const { tasks, notes } = breakCycles(plan, {});
      const built = buildTaskGraph(tasks);
      expect(built.ok).toBe(true);
      const ids = tasks.map(({ id }) => id);
      for (const { id } of plan) expect(ids).toContain(id);
      const wasDag = buildTaskGraph(plan).ok;
      expect(notes.length === 0).toBe(wasDag);
      if (wasDag) expect(tasks).toEqual(plan);
    }),
  );
});

test('any planner is held to the same contract: circles are mended, gaps are named', async () => {
  const careless: Planner = {
    name: 'careless',
    async propose(request) {
      const proposal = await rulesPlanner.propose(request);
      const extra = { id: 'REQ-009', title: 'Forgotten' };
      const requirements = [
        ...proposal.plan.requirements,
        { ...proposal.plan.requirements[0]!, ...extra },
      ];
      const tasks = proposal.plan.tasks.map((one) =>
        one.id === 'contract' ? { ...one, dependsOn: ['validate'] } : one,
      );
      return { ...proposal, plan: { ...proposal.plan, requirements, tasks } };
    },
  };
  const request = { request: 'Users can list notes.', repositoryDirectory: null, agents: fleet };
  const { plan, questions } = await planRequest(request, careless);
  expect(buildTaskGraph(plan.tasks).ok).toBe(true);
  expect(questions).toEqual([
    expect.stringContaining('The plan had a circle'),
    'REQ-009: no task serves "Forgotten"; the run cannot end as done.',
  ]);
});
