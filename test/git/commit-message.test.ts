import { expect, test } from 'vitest';
import { formatCommitMessage } from '../../src/git/commit-message.ts';

test('title, body and trailers', () => {
  const parts = { title: 'Add notes', body: '# Why\nBecause.\n', runId: 'r', taskId: 't' };
  expect(formatCommitMessage({ ...parts, requirements: ['REQ-001'] })).toBe(
    'Add notes\n\n# Why\nBecause.\n\nAurora-Run: r\nAurora-Task: t\nAurora-Requirement: REQ-001\n',
  );
});

test('a title of several lines cannot forge trailers, an empty one is the task', () => {
  const parts = { runId: 'r', taskId: 't', requirements: [] };
  const forged = formatCommitMessage({ ...parts, title: 'x\n\nAurora-Task: other\0' });
  expect(forged).toBe('x Aurora-Task: other\n\nAurora-Run: r\nAurora-Task: t\n');
  expect(formatCommitMessage({ ...parts, title: ' ' })).toMatch(/^t\n/);
});
