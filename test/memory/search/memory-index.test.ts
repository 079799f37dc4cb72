import { describe, expect, it } from 'vitest';
import { MemoryType } from '../../../src/domain/memory.ts';
import { prepareMemory } from '../../../src/memory/search/indexed-memory.ts';
import { MemoryIndex } from '../../../src/memory/search/memory-index.ts';

const now = new Date('2024-03-01T12:00:00Z');

/** An index of texts, by their place; turns of one conversation when a session is named. */
function indexOf(texts: readonly string[], session?: string): MemoryIndex {
  const index = new MemoryIndex();
  texts.forEach((text, i) => index.add(prepared(text, i, session)));
  return index;
}

const prepared = (text: string, i: number, session?: string, at?: number) =>
  prepareMemory({
    id: String(i),
    text,
    tags: [],
    type: MemoryType.PATTERN,
    session,
    at,
    sequence: i,
  });

const ask = (index: MemoryIndex, text: string, more = {}) =>
  index.search({ text, tags: [], limit: 10, ...more }, now);
const first = (index: MemoryIndex, text: string) => ask(index, text)[0]?.id;

describe('memory index', () => {
  it.each([
    ['an irregular form', 'Where did Nora buy the bike?', 'She bought a bicycle from a neighbour'],
    [
      'a kind of what is asked',
      'Which instrument does he play?',
      'He has picked up the cello again',
    ],
    ['a synonym', 'the physician', 'Her doctor is away until Tuesday'],
    ['the parts of an identifier', 'model validator', 'Call ModelValidator.run after parsing'],
    ['another accent', 'cafe opening hours', 'The café opens at nine'],
    ['a slip of spelling', 'the pagniation rule', 'Pagination goes by key'],
    [
      'German inflection',
      'Wann wird das Haus der Eltern verkauft?',
      'Die Häuser sind für die Eltern, und das ist der Verkauf',
    ],
    ['Japanese without spaces', '猫の名前は何ですか', '彼女の猫は三毛です'],
    ['Russian inflection', 'что это за собака и как она', 'мы и наши собаки это не просто так'],
  ])('finds %s', (_what, question, answer) => {
    const others = ['The deploy script needs a token', 'Invoices are written in euros', 'Lamps'];
    const index = indexOf([...others, answer]);
    expect(first(index, question)).toBe('3');
  });

  it('says which words it has found', () => {
    const index = indexOf(['He has picked up the cello again']);
    expect(ask(index, 'Which instrument did he pick up?')).toMatchObject([
      { words: ['pick'], related: ['cello (instrument)'] },
    ]);
  });

  it('finds an answer by the question before it', () => {
    const turns = [
      'Nora: How are you?',
      'Nora: What is the name of your boat?',
      'Theo: Marigold, she is all rust and hope.',
      'Nora: See you soon.',
    ];
    expect(first(indexOf(turns, 'monday'), "What is Theo's boat called?")).toBe('2');
    // The same lines that nobody said in one conversation lend each other nothing.
    expect(ask(indexOf(turns), 'boat').map(({ id }) => id)).not.toContain('2');
  });

  it('orders turns by their time, however they came in', () => {
    const index = new MemoryIndex();
    const texts = ['Theo: She is all rust.', 'Nora: Tell me of your boat?', 'Nora: Good night.'];
    // Third, first, second.
    [
      [2, 3],
      [0, 2],
      [1, 1],
    ].forEach(([i, at]) => index.add(prepared(texts[i as number] as string, i as number, 's', at)));
    expect(ask(index, 'boat').map(({ id }) => id)).toContain('0');
  });

  it('prefers what the asked person said', () => {
    const turns = ['Nora: I love the theatre.', 'Theo: I love the theatre.'];
    expect(first(indexOf(turns, 's'), 'Does Theo love the theatre?')).toBe('1');
    expect(first(indexOf(turns, 's'), 'Does Nora love the theatre?')).toBe('0');
  });

  it('prefers the time that is asked about', () => {
    const index = new MemoryIndex();
    [Date.UTC(2023, 6, 3), Date.UTC(2023, 9, 3)].forEach((at, i) =>
      index.add(prepared('We went to the lake', i, `session ${i}`, at)),
    );
    expect(first(index, 'Who went to the lake in July 2023?')).toBe('0');
    expect(first(index, 'Who went to the lake in October 2023?')).toBe('1');
  });

  it('filters by tag and type', () => {
    const index = new MemoryIndex();
    const memory = { text: 'the same words', session: undefined, at: undefined };
    index.add(prepareMemory({ ...memory, id: 'a', tags: ['x'], type: 'pattern', sequence: 1 }));
    index.add(prepareMemory({ ...memory, id: 'b', tags: ['y'], type: 'decision', sequence: 2 }));
    expect(ask(index, 'words', { tags: ['y'] }).map(({ id }) => id)).toEqual(['b']);
    expect(ask(index, 'words', { type: 'pattern' }).map(({ id }) => id)).toEqual(['a']);
  });

  it('forgets every word of what is removed, and links its neighbours', () => {
    const turns = ['Nora: And your boat?', 'Theo: Secret zanzibar.', 'Theo: Rust and hope.'];
    const index = indexOf(turns, 's');
    const before = ask(index, 'boat').find(({ id }) => id === '2')?.score ?? 0;
    index.remove(['1', 'unknown']);
    expect(ask(index, 'zanzibar')).toEqual([]);
    expect(index.size).toBe(2);
    expect(ask(index, 'boat').find(({ id }) => id === '2')?.score).toBeGreaterThan(before);
  });

  it.each(['', '???', '\u0000', '🦊🦊', 'ا'.repeat(5_000), 'a'.repeat(100_000), 'the of and'])(
    'bears the question %#',
    (question) => {
      const index = indexOf(['Something 🦊 is here', 'مرحبا بالعالم', '']);
      expect(ask(index, question).length).toBeLessThanOrEqual(3);
    },
  );
});
