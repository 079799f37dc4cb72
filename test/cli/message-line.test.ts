import { expect, test } from 'vitest';
import { messageLine } from '../../src/cli/message-line.ts';
import type { Message } from '../../src/domain/message.ts';

test('that two change the same files is told once, with the name of a single file', () => {
  const shared = (taskId: string, other: string, files: string[]) =>
    messageLine({
      ...{ type: 'FILES_SHARED', taskId, payload: { with: other, files } },
      timestamp: '2026-01-01T10:00:00.000Z',
    } as unknown as Message);
  expect(shared('a', 'b', ['x.ts'])).toBe('10:00:00 a and b are both changing x.ts');
  expect(shared('a', 'b', ['x.ts', 'y.ts'])).toBe('10:00:00 a and b are both changing 2 files');
  expect(shared('b', 'a', ['x.ts'])).toBe(undefined);
});
