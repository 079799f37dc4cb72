import { expect, it } from 'vitest';
import { MemoryType } from '../../../src/domain/memory.ts';
import { findInIndex } from '../../../src/memory/search/find-in-index.ts';
import { prepareMemory } from '../../../src/memory/search/indexed-memory.ts';
import { MemoryIndex } from '../../../src/memory/search/memory-index.ts';

const now = new Date('2024-03-01T12:00:00Z');
const learn = (index: MemoryIndex, id: string, text: string) =>
  index.add(
    prepareMemory({
      ...{ id, text, tags: [], type: MemoryType.PATTERN, sequence: Number(id) },
      ...{ session: undefined, at: undefined },
    }),
  );
const ask = (index: MemoryIndex, text: string, more: { tags?: string[]; now?: Date } = {}) =>
  findInIndex(index, { text, tags: [], limit: 10, ...more }, undefined, more.now ?? now);

it('answers a question once, until something is learned or forgotten', () => {
  const index = new MemoryIndex();
  learn(index, '1', 'The port of the API is 8080');
  const first = ask(index, 'which port');
  expect(first.map(({ id }) => id)).toEqual(['1']);
  expect(ask(index, 'which port')).toBe(first);

  learn(index, '2', 'The port of the database is 5432');
  expect(
    ask(index, 'which port')
      .map(({ id }) => id)
      .sort(),
  ).toEqual(['1', '2']);
  index.remove(['1']);
  expect(ask(index, 'which port').map(({ id }) => id)).toEqual(['2']);
});

it('takes another question, another filter and another day for what they are', () => {
  const index = new MemoryIndex();
  learn(index, '1', 'The port of the API is 8080');
  const first = ask(index, 'which port');
  expect(ask(index, 'the port')).not.toBe(first);
  expect(ask(index, 'which port', { tags: ['web'] })).toEqual([]);
  expect(ask(index, 'which port', { now: new Date('2024-03-02T12:00:00Z') })).not.toBe(first);
});

it('does not remember a question of a whole text, nor many of them', () => {
  const index = new MemoryIndex();
  learn(index, '1', 'The port of the API is 8080');
  const long = `which port ${'and '.repeat(500)}`;
  expect(ask(index, long).map(({ id }) => id)).toEqual(['1']);
  expect(index.answers.size).toBe(0);
  for (let i = 0; i < 60; i++) ask(index, `which port ${i}`);
  expect(index.answers.size).toBe(50);
});
