import { expect, test } from 'vitest';
import { untilHandedOver } from '../../src/agents/when-repository-answers.ts';
import { AuroraError } from '../../src/domain/errors.ts';

const full = new AuroraError('disk-full', 'There is no space left.');
const options = (told: string[] = []) => ({
  ...{ signal: new AbortController().signal, random: () => 0 },
  tell: async (why: string) => void told.push(why),
});

test('work waits for space, and says so once', async () => {
  const told: string[] = [];
  let tries = 0;
  const save = () => (tries++ < 1 ? Promise.reject(full) : Promise.resolve('saved'));
  expect(await untilHandedOver(save, options(told))).toBe('saved');
  expect(told).toEqual(['There is no space left.']);
});

test('in the end it counts as a failed attempt, and what nobody else mends does at once', async () => {
  const save = () => Promise.reject(full);
  await expect(untilHandedOver(save, { ...options(), patience: 0 })).rejects.toMatchObject({
    code: 'git-failed',
    cause: full,
  });
  const damaged = new AuroraError('worktree-damaged', 'no');
  await expect(untilHandedOver(() => Promise.reject(damaged), options())).rejects.toBe(damaged);
  const signal = AbortSignal.abort();
  await expect(untilHandedOver(save, { ...options(), signal })).rejects.toBe(full);
});
