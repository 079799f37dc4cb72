import { expect, test } from 'vitest';
import type { Agent } from '../../src/domain/agent.ts';
import { selectAgents } from '../../src/runtime/serve.ts';

const agent = (name: string, role: Agent['role']): Agent => ({
  ...{ name, role, capabilities: [], weight: 1, concurrency: 1 },
  executor: { type: 'command', command: ['true'], env: [] },
});
const agents = [
  agent('backend', 'backend'),
  agent('backend-python', 'backend'),
  agent('frontend', 'frontend'),
];
const names = (wanted: string) => selectAgents(agents, wanted).map(({ name }) => name);

test('a role means all of its agents, a name one, and nobody is taken twice', () => {
  expect(names('all')).toEqual(['backend', 'backend-python', 'frontend']);
  expect(names('backend')).toEqual(['backend', 'backend-python']);
  expect(names('backend-python, frontend')).toEqual(['backend-python', 'frontend']);
  expect(names('backend,backend-python')).toEqual(['backend', 'backend-python']);
});

test('an unknown name is refused with the known ones', () => {
  expect(() => names('fronted')).toThrow(/"fronted".*backend, backend-python, frontend/);
});
