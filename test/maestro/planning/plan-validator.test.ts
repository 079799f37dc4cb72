import { describe, expect, test } from 'vitest';
import { AuroraError } from '../../../src/domain/errors.ts';
import { maxDepth, maxTasks } from '../../../src/domain/plan.ts';
import { parsePlanFile } from '../../../src/maestro/planning/plan-file.ts';
import { planJsonSchema } from '../../../src/maestro/planning/plan-json-schema.ts';
import { validatePlan } from '../../../src/maestro/planning/plan-validator.ts';
import { fleet } from './fleet.ts';

function problemsOf(action: () => unknown): string[] {
  try {
    action();
  } catch (error) {
    if (!(error instanceof AuroraError) || error.code !== 'plan-invalid') throw error;
    return error.problems.map(({ path, message }) => `${path}: ${message}`);
  }
  return [];
}
const validateText = (text: string, name = 'plan.yaml') => {
  const { content, source } = parsePlanFile(text, name);
  return validatePlan(content, fleet, source);
};
const task = (id: string, dependsOn: string[] = []) => ({
  id,
  title: id,
  role: 'backend',
  dependsOn,
});

const good = `version: 1
title: Notes service
requirements:
  - { id: REQ-001, kind: functional, title: "Notes", acceptance: ["kept"] }
tasks:
  - id: schema
    title: Schema
    role: database
  - id: api
    title: Notes endpoints
    role: backend
    capabilities: [TypeScript]
    dependsOn: [schema]
    requirements: [REQ-001]
    verify: ["npm", "test"]
    timeout: 10m
`;

test('a good plan comes back with its defaults', () => {
  const { plan, reasons } = validateText(good);
  expect(plan.tasks[1]).toMatchObject({
    id: 'api',
    capabilities: ['typescript'],
    priority: 5,
    maxAttempts: 5,
    timeout: 600_000,
  });
  expect(reasons).toEqual({ schema: {}, api: { schema: 'stated in the plan' } });
});

const bad = `version: 1
requirements:
  - { id: REQ-001, title: One }
  - { id: REQ-001, title: Again }
tasks:
  - id: a
    title: A
    role: bakend
    dependsOn: [c]
  - id: b
    title: B
    role: backend
    capabilities: [typscript]
    dependsOn: [b, shcema]
  - id: c
    title: C
    agent: frontent
    dependsOn: [a]
    requirements: [REQ-002]
  - id: schema
    title: S
    role: database
    dependson: []
  - id: schema
    title: S
    agent: validator
    role: backend
`;

describe('every problem at once, with its place', () => {
  test('in YAML, by line and column', () => {
    const problems = problemsOf(() => validateText(bad));
    expect(problems).toEqual([
      expect.stringMatching(
        /^plan\.yaml:8:11 tasks\[0\]\.role: "bakend" is not one of .*did you mean "backend"/,
      ),
      expect.stringMatching(
        /^plan\.yaml:23:16 tasks\[3\]\.dependson: "dependson" is not a known key \(did you mean "dependsOn"\?\)$/,
      ),
      'plan.yaml:24:9 tasks[4].id: "schema" is used by an earlier task; ids must be unique',
      'plan.yaml:14:17 tasks[1].dependsOn[0]: "b" depends on itself',
      'plan.yaml:14:20 tasks[1].dependsOn[1]: no task has the id "shcema" (did you mean "schema"?)',
      'plan.yaml:6:3 tasks: the dependencies form a cycle: a → c → a',
      'plan.yaml:4:11 requirements[1].id: "REQ-001" is used by an earlier requirement; ids must be unique',
      'plan.yaml:19:20 tasks[2].requirements[0]: no requirement has the id "REQ-002" (did you mean "REQ-001"?)',
      'plan.yaml:13:19 tasks[1].capabilities: no agent with the role "backend" has the capability "typscript" (did you mean "typescript"?)',
      'plan.yaml:17:12 tasks[2].agent: no agent is named "frontent" (did you mean "frontend"?)',
      'plan.yaml:26:12 tasks[4].agent: agent "validator" has the role "validator", but the task asks for "backend"',
    ]);
  });

  test('in JSON, by line and column', () => {
    const text = JSON.stringify({ version: 1, tasks: [task('a', ['b'])] }, null, 2);
    expect(problemsOf(() => validateText(text, 'plan.json'))).toEqual([
      'plan.json:9:9 tasks[0].dependsOn[0]: no task has the id "b"',
    ]);
  });

  test('in data without a text, by path', () => {
    expect(
      problemsOf(() => validatePlan({ version: 1, tasks: [task('a', ['a'])] }, fleet)),
    ).toEqual(['tasks[0].dependsOn[0]: "a" depends on itself']);
  });

  test('the graph is checked even where the schema is broken', () => {
    const tasks = [{ id: 7, dependsOn: [null, 'ghost'] }, task('x', ['y']), task('y', ['x'])];
    const problems = problemsOf(() => validatePlan({ version: 2, tasks }, fleet));
    expect(problems).toContain('tasks[0].dependsOn[1]: no task has the id "ghost"');
    expect(problems).toContain('tasks: the dependencies form a cycle: x → y → x');
    expect(problems.some((problem) => problem.startsWith('version:'))).toBe(true);
    expect(problems.some((problem) => problem.startsWith('tasks[0].id:'))).toBe(true);
  });
});

test('a capability that exists, but not in one agent together with the others', () => {
  const agents = [
    { ...fleet[0], name: 'x', role: 'backend' as const, capabilities: ['sql'] },
    { ...fleet[0], name: 'y', role: 'backend' as const, capabilities: ['go'] },
  ] as typeof fleet;
  const tasks = [{ ...task('a'), capabilities: ['sql', 'go'] }];
  expect(problemsOf(() => validatePlan({ version: 1, tasks }, agents))).toEqual([
    'tasks[0].capabilities: no single agent with the role "backend" has all of: sql, go',
  ]);
});

describe('limits', () => {
  test('more than 20,000 tasks', () => {
    const tasks = Array.from({ length: maxTasks + 1 }, (_, index) => task(`t${index}`));
    expect(problemsOf(() => validatePlan({ version: 1, tasks }, fleet))).toEqual([
      'tasks: the plan has 20,001 tasks; at most 20,000 are taken',
    ]);
    expect(validatePlan({ version: 1, tasks: tasks.slice(1) }, fleet).plan.tasks).toHaveLength(
      maxTasks,
    );
  });

  test('a chain deeper than the limit', () => {
    const chain = (length: number) =>
      Array.from({ length }, (_, index) => task(`t${index}`, index === 0 ? [] : [`t${index - 1}`]));
    expect(
      problemsOf(() => validatePlan({ version: 1, tasks: chain(maxDepth + 1) }, fleet)),
    ).toEqual([
      `tasks: the longest chain of dependencies has ${maxDepth + 1} tasks; at most ${maxDepth} are taken`,
    ]);
    expect(problemsOf(() => validatePlan({ version: 1, tasks: chain(maxDepth) }, fleet))).toEqual(
      [],
    );
  });
});

describe('files that cannot be read', () => {
  const bomb = [
    'a: &a [x,x,x,x,x,x,x,x,x]',
    ...['b', 'c', 'd', 'e'].map(
      (name, index) =>
        `${name}: &${name} [${Array.from({ length: 9 }, () => `*${'abcd'[index]}`).join(',')}]`,
    ),
  ].join('\n');
  test.each([
    ['empty', ' \n', /is empty/],
    ['NUL', 'version: 1\0', /not a text file: character 11/],
    ['broken UTF-8', 'version: \ufffd', /not a text file/],
    ['an alias bomb', bomb, /alias/],
    ['an unknown alias', 'tasks: *nothing', /nothing/],
    ['a syntax error', 'version: 1\ntasks: [a', /plan\.yaml:2:/],
    ['a key twice', 'version: 1\nversion: 1', /plan\.yaml:2:1: Map keys must be unique/],
    ['not a plan', 'just text', /plan\.yaml:1:1: .*expected object/],
  ])('%s', (_, text, message) => {
    expect(() => validateText(text)).toThrow(
      expect.objectContaining({ code: 'plan-invalid', message: expect.stringMatching(message) }),
    );
  });
});

test('the JSON Schema knows every key of a task and needs no default to be written', () => {
  const schema = planJsonSchema() as {
    required: string[];
    properties: { tasks: { items: { properties: object; required: string[] } } };
  };
  expect(schema.required).toEqual(['version', 'tasks']);
  const { properties, required } = schema.properties.tasks.items;
  expect(Object.keys(properties)).toEqual([
    'id',
    'title',
    'role',
    'agent',
    'capabilities',
    'dependsOn',
    'requirements',
    'prompt',
    'acceptance',
    'input',
    'verify',
    'scope',
    'priority',
    'maxAttempts',
    'timeout',
    'deadline',
    'idleTimeout',
  ]);
  expect(required).toEqual(['id', 'title']);
});
