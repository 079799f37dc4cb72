import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { limitTime } from '../../src/domain/time-limit.ts';
import { waitFor } from '../support/wait-for.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

test('the time comes, also when garbage was collected before', async () => {
  const signal = limitTime(100, new AbortController().signal);
  collectGarbage();
  await waitFor(() => signal.aborted);
  expect((signal.reason as Error).name).toBe('TimeoutError');
});

test('the other signal comes first', () => {
  const other = new AbortController();
  const signal = limitTime(60_000, other.signal);
  other.abort(new Error('enough'));
  expect(signal.reason).toEqual(new Error('enough'));
});
