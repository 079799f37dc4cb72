import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { plannedByRules } from '../../../src/domain/planned-by.ts';
import { buildTaskGraph } from '../../../src/domain/task-graph.ts';
import { planRequest } from '../../../src/maestro/planning/request-planner.ts';
import { fleet, notesRequest } from './fleet.ts';

const plan = (request: string, repositoryDirectory: string | null = null) =>
  planRequest({ request, repositoryDirectory, agents: fleet });
const edges = async (request: string) => {
  const { plan: planned } = await plan(request);
  return Object.fromEntries(planned.tasks.map(({ id, dependsOn }) => [id, dependsOn]));
};

test("the seed document's example: form, validation, session, tokens", async () => {
  const { plan: planned } = await plan('Users can login');
  expect(planned.tasks.map(({ id, role, dependsOn }) => [id, role, dependsOn])).toEqual([
    ['contract', 'architect', []],
    ['data-user', 'database', ['contract']],
    ['form-login', 'frontend', ['contract']],
    ['validation-login', 'backend', ['form-login']],
    ['session-login', 'backend', ['validation-login', 'data-user']],
    ['tokens-login', 'backend', ['session-login']],
    ['tests-login', 'test-engineer', ['tokens-login']],
    ['docs', 'documentation', ['contract', 'tokens-login']],
    ['validate', 'validator', ['tests-login', 'docs']],
  ]);
});

test('the plan of the demo', async () => {
  expect(await edges(notesRequest)).toMatchObject({
    'data-note': ['contract'],
    'api-create-note': ['data-note'],
    'api-filter-note': ['data-note', 'api-list-note', 'api-tag-note'],
    'api-limit-title': ['data-note', 'api-create-note'],
    'ui-show-note': ['contract'],
    'tests-show-note': ['api-show-note', 'ui-show-note'],
    'performance-search-note': ['data-note', 'api-search-note'],
  });
});

test('a constraint reaches the prompt of the tasks that it constrains, and no others', async () => {
  const { plan: planned } = await plan(notesRequest);
  const told = planned.tasks.filter(
    ({ prompt, role }) => role !== 'architect' && prompt.includes('less than 200 ms'),
  );
  const names = told.map(({ id }) => id);
  expect(names).toEqual(
    expect.arrayContaining(['data-note', 'api-search-note', 'performance-search-note']),
  );
  expect(names).not.toContain('api-create-note');
});

test('prompts are self-contained: what, the words of the request, acceptance', async () => {
  const { plan: planned } = await plan(notesRequest);
  const limit = planned.tasks.find(({ id }) => id === 'api-limit-title');
  expect(limit?.prompt).toContain('Every title must be at most 120 characters');
  expect(limit?.prompt).toContain('anything longer is refused with a clear message');
  expect(limit?.input).toMatchObject({
    aspect: 'api',
    requirements: ['REQ-008'],
    action: 'limit',
    object: 'title',
  });
  expect(planned.tasks.find(({ id }) => id === 'data-note')?.input).toMatchObject({
    fields: ['title', 'body'],
  });
});

describe('each kind of work goes to its role', () => {
  test.each([
    ['Deploy it with Docker.', 'devops'],
    ['Write a README.', 'documentation'],
    ['Integrate with Stripe.', 'integration'],
    ['Add dark mode.', 'frontend'],
    ['Investigate which database fits best.', 'research'],
    ['Customers can pay by card.', 'backend'],
    ['The code must be documented and maintainable.', 'code-reviewer'],
    ['All passwords must be encrypted.', 'security-auditor'],
  ])('%s → %s', async (request, role) => {
    const { plan: planned } = await plan(request);
    expect(planned.tasks.map((task) => task.role)).toContain(role);
  });
});

test('a repository shows how to verify, and whether there is a front end', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'aurora-plan-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await writeFile(
    join(folder, 'package.json'),
    JSON.stringify({ scripts: { test: 'node --test' } }),
  );
  const before = (await plan('Users can create notes.', folder)).plan.tasks;
  expect(before.filter(({ verify }) => verify).map(({ id }) => id)).toEqual([
    'data-note',
    'api-create-note',
    'tests-create-note',
    'validate',
  ]);
  expect(before.at(-1)?.verify).toEqual(['npm', 'test']);
  await writeFile(
    join(folder, 'page.js'),
    'export const page = "<!doctype html><title>Notes</title>";',
  );
  const after = (await plan('Users can create notes.', folder)).plan.tasks;
  expect(after.map(({ id }) => id)).toContain('ui-create-note');
});

test('a folder that is not there is refused', async () => {
  await expect(plan('Users can log in.', '/nowhere/at/all')).rejects.toMatchObject({
    code: 'repository-invalid',
  });
});

test('a fleet that lacks a role is told which', async () => {
  const agents = fleet.filter(({ role }) => role !== 'database');
  await expect(
    planRequest({ request: 'Users can create notes.', repositoryDirectory: null, agents }),
  ).rejects.toMatchObject({
    code: 'plan-invalid',
    problems: [
      {
        path: 'tasks[1].role',
        message: expect.stringContaining('no configured agent has the role "database"'),
      },
    ],
  });
});

test('any request: a DAG with one root and one end, each requirement served, each edge with a reason, the same twice', async () => {
  const who = fc.constantFrom('Users', 'Admins', 'The page', 'The system');
  const modal = fc.constantFrom('can', 'must', 'should');
  const does = fc.constantFrom(
    'create',
    'list',
    'show',
    'filter',
    'delete',
    'limit',
    'log in',
    'pay',
    'export',
    'validate',
    'sort',
  );
  const what = fc.constantFrom(
    'notes',
    'orders with a name',
    'the list by tag',
    'invoices as PDF',
    'every title',
    'the newest orders first',
    '',
  );
  const quality = fc.constantFrom(
    'The site must be secure.',
    'Listing orders must take less than 1 second.',
    'The page must be easy to use.',
    'Add dark mode.',
    'Write a README.',
  );
  const sentence = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.tuple(who, modal, does, what).map((parts) => `${parts.join(' ').trim()}.`),
    },
    { weight: 1, arbitrary: quality },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(sentence, { minLength: 1, maxLength: 12 }), async (sentences) => {
      const request = sentences.join(' ');
      const { plan: planned, reasons } = await plan(request);
      const built = buildTaskGraph(planned.tasks);
      if (!built.ok) throw new Error(JSON.stringify(built.problems));
      expect(
        planned.tasks.filter(({ dependsOn }) => dependsOn.length === 0).map(({ id }) => id),
      ).toEqual(['contract']);
      expect(
        [...built.graph.dependents].filter(([, next]) => next.length === 0).map(([id]) => id),
      ).toEqual(['validate']);
      for (const { id } of planned.requirements) {
        const serving = planned.tasks
          .filter((task) => task.requirements.includes(id))
          .map((task) => task.id);
        expect(
          serving.filter((task) => task !== 'contract' && task !== 'validate').length,
          id,
        ).toBeGreaterThan(0);
        expect(serving).toContain('validate');
      }
      for (const task of planned.tasks) {
        expect(Object.keys(reasons[task.id] ?? {})).toEqual(task.dependsOn);
      }
      expect(await plan(request)).toEqual({
        ...{ plan: planned, reasons, plannedBy: plannedByRules },
        questions: expect.anything() as unknown,
      });
    }),
    { numRuns: 40 },
  );
});

test('a task carries the criteria of what it serves, and of no more', async () => {
  const { plan: planned } = await plan(
    'Users can create notes. Otherwise a message says what is missing. Users can list notes.',
  );
  const told = planned.tasks.filter(({ acceptance }) => acceptance !== undefined);
  expect(told.map(({ acceptance }) => acceptance)).toContainEqual([
    'Otherwise a message says what is missing.',
  ]);
  const ids = told.map(({ id }) => id);
  expect(ids).toEqual(expect.arrayContaining(['api-create-note', 'tests-create-note']));
  expect(ids).not.toContain('api-list-note');
});
