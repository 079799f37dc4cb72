import { expect, test } from 'vitest';
import { Closer } from '../../src/runtime/closer.ts';

test('closes in the reverse order, one after the other, and only once', async () => {
  const closed: string[] = [];
  const closer = new Closer();
  for (const name of ['first', 'second', 'third']) {
    closer.add(async () => {
      await Promise.resolve();
      closed.push(name);
    });
  }
  await Promise.all([closer.close(), closer.close()]);
  await closer.close();
  expect(closed).toEqual(['third', 'second', 'first']);
});

test('a step that fails keeps no other from closing, and is reported', async () => {
  const closed: string[] = [];
  const closer = new Closer();
  const boom = new Error('boom');
  closer.add(async () => void closed.push('first'));
  closer.add(() => Promise.reject(boom));
  closer.add(async () => void closed.push('third'));
  await expect(closer.close()).rejects.toMatchObject({ errors: [boom] });
  expect(closed).toEqual(['third', 'first']);
});
