import { expect, it } from 'vitest';
import { timeCue } from '../../../src/memory/search/time-cue.ts';

const now = new Date('2024-03-15T12:00:00Z');

it.each([
  ['What happened on 8 May 2023?', '2023-05-08'],
  ['What happened on May 8th, 2023?', '2023-05-08'],
  ['In July 2023, who came?', '2023-07-20'],
  ['Who came in February?', '2024-02-10'],
  ['Who came in December?', '2023-12-10'],
  ['Who came in 2022?', '2022-06-06'],
  ['on 2023-11-02', '2023-11-02'],
  ['What did we do last week?', '2024-03-06'],
  ['What did we do yesterday?', '2024-03-14'],
  ['three? 2 weeks ago', '2024-03-01'],
])('%s means %s', (question, day) => {
  const cue = timeCue(question, now);
  const time = Date.parse(`${day}T12:00:00Z`);
  expect(cue?.from).toBeLessThanOrEqual(time);
  expect(cue?.to).toBeGreaterThan(time);
});

it.each(['May I come?', 'The march of progress', 'What is 99 Feb?', 'nothing'])(
  '%s means no time',
  (question) => expect(timeCue(question, now)).toBeUndefined(),
);
