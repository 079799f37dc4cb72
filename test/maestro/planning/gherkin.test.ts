import { describe, expect, test } from 'vitest';
import { parseRequirements } from '../../../src/maestro/planning/requirement-parser.ts';

describe('scenarios outside of features', () => {
  const scenario =
    'Scenario: empty cart\n  Given an empty cart\n  When I check out\n  Then I see a hint';
  const steps = 'Given an empty cart When I check out Then I see a hint';
  const read = (request: string) =>
    parseRequirements(request).requirements.map(({ title, kind, acceptance }) => ({
      ...{ title, kind },
      acceptance: acceptance.map((each) => each.replace(/\s+/g, ' ')),
    }));

  test('say how what stands before them is judged', () => {
    expect(read(`Shoppers can check out.\n\n${scenario}`)).toEqual([
      {
        ...{ title: 'Shoppers can check out', kind: 'functional' },
        acceptance: [`Scenario: empty cart ${steps}`],
      },
    ]);
    expect(read(`Shoppers can check out.\n${steps.replace(/ (When|Then)/g, '\n$1')}`)).toEqual([
      { title: 'Shoppers can check out', kind: 'functional', acceptance: [steps] },
    ]);
  });

  test('stand for themselves after a list, and alone', () => {
    const alone = {
      ...{ title: 'Empty cart', kind: 'functional' },
      acceptance: [`Scenario: empty cart ${steps}`],
    };
    expect(read(scenario)).toEqual([alone]);
    expect(read(`- Sessions expire after 30 minutes.\n\n${scenario}`)[1]).toEqual(alone);
  });

  test('are no words of prose', () => {
    expect(read('Given the budget, users can pay by card.')).toMatchObject([{ acceptance: [] }]);
  });
});
