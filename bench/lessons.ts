import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import type { MemoryCoordinator } from '../src/memory/memory-coordinator.ts';
import { seededRandom } from '../chaos/random.ts';
import { withMemory } from './with-memory.ts';

/**
 * `npm run -s bench:lessons -- [--tasks N] [--seed S] [--json]`: two fleets carry out the same tasks,
 * one with what failures teach, one without. In each kind of task there is a trap; of half the traps
 * the lesson is the way out, of the other half it is of no use. Agents are dice here, memory is the
 * real one: what is measured is whether it gives the right lessons, and finds out the useless.
 */
const { values } = parseArgs({
  options: {
    tasks: { type: 'string', default: '400' },
    seed: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
});

/** Chance that an attempt succeeds, without help and with a lesson that is the way out. */
const unaided = 0.4;
const aided = 0.85;
const attemptsAtMost = 6;

const kinds = [
  { about: 'parse the calendar date of an invoice', advice: 'Read dates with the ISO parser' },
  { about: 'open a websocket to the ticker', advice: 'Await the socket before the first frame' },
  { about: 'rotate a refresh token', advice: 'Compare tokens in constant time' },
  { about: 'paginate the customer listing', advice: 'Order by the primary key as well' },
  { about: 'resize an uploaded portrait', advice: 'Strip the orientation flag first' },
  { about: 'send a receipt by electronic mail', advice: 'Quote the display name' },
].flatMap(({ about, advice }, i) => ({ about, advice, helps: i % 2 === 0 }));

const withLessons = await withMemory((memory) => fleet(memory, true));
const without = await withMemory((memory) => fleet(memory, false));
const outcome = {
  tasks: Number(values.tasks),
  attemptsWith: withLessons.attempts,
  attemptsWithout: without.attempts,
  ratio: Number((withLessons.attempts / without.attempts).toFixed(3)),
  ...withLessons.found,
};
if (values.json) console.log(JSON.stringify(outcome));
else {
  const table = new Table({ style: { head: [], border: [] } });
  table.push(...Object.entries(outcome).map(([name, value]) => [name, value]));
  console.log(table.toString());
}

async function fleet(memory: MemoryCoordinator, heeds: boolean) {
  const random = seededRandom(Number(values.seed));
  const projectId = 'bench';
  let attempts = 0;
  for (let n = 0; n < Number(values.tasks); n++) {
    const kind = kinds[n % kinds.length] as (typeof kinds)[number];
    const task = { runId: 'bench', taskId: `task-${n}` };
    const tags = kind.about.split(' ').slice(-2);
    for (let epoch = 1; epoch <= attemptsAtMost; epoch++) {
      attempts++;
      const { lessons, withheld } = heeds
        ? await memory.lessonsFor({ ...task, epoch, projectId, tags, text: kind.about })
        : { lessons: [], withheld: [] };
      const isAided =
        kind.helps && lessons.some(({ improvedApproach }) => improvedApproach === kind.advice);
      const succeeded = random() < (isAided ? aided : unaided);
      if (heeds) {
        await memory.recordOutcome({
          ...{ ...task, epoch, succeeded },
          memories: new Map([
            ...withheld.map((id) => [id, 'withheld'] as const),
            ...lessons.map(({ id, own }) => [id, own ? 'own' : 'given'] as const),
          ]),
        });
      }
      if (succeeded) break;
      if (!heeds) continue;
      await memory.storeReflexion({
        ...{ ...task, projectId, attempt: epoch, tags },
        originalApproach: `Set out to ${kind.about}`,
        failureReason: `The test of "${kind.about}" failed`,
        improvedApproach: kind.advice,
      });
    }
  }
  await memory.close();
  const { tried } = await memory.report(projectId);
  const helpful = (advice: string) => kinds.some((kind) => kind.advice === advice && kind.helps);
  const count = (helps: boolean, state: string) =>
    tried.filter((each) => helpful(each.improvedApproach) === helps && each.state === state).length;
  return {
    attempts,
    found: {
      helpfulProven: count(true, 'proven'),
      helpfulRetired: count(true, 'retired'),
      uselessProven: count(false, 'proven'),
      uselessRetired: count(false, 'retired'),
    },
  };
}
