import { expect, test } from 'vitest';
import { parseRequirements } from '../../../src/maestro/planning/requirement-parser.ts';

/** Kind or category, and title of each requirement. */
const read = (request: string) =>
  parseRequirements(request).requirements.map(
    ({ kind, category, title }) => `${category ?? kind}: ${title}`,
  );

test.each<[string, string[]]>([
  [
    'Refactor payment.ts into small modules.',
    ['maintainability: Refactor payment.ts into small modules'],
  ],
  [
    'Refactor the storage layer to use a repository pattern.',
    ['maintainability: Refactor the storage layer to use a repository pattern'],
  ],
  [
    'Users can preview and mute notes.',
    ['functional: Users can preview notes', 'functional: Users can mute notes'],
  ],
  ['Shop: order books, pay by card.', ['functional: Order books', 'functional: Pay by card']],
  ['Shop:\n- order books\n- pay by card', ['functional: Order books', 'functional: Pay by card']],
  ['Notes app:', ['functional: Notes app']],
  ['Security: passwords are stored hashed.', ['security: Passwords are stored hashed']],
  [
    'Pages must load within 2 s. Users can log out.',
    ['performance: Pages must load within 2 s', 'functional: Users can log out'],
  ],
])('%s', (request, requirements) => {
  expect(read(request)).toEqual(requirements);
});

test.each([
  ['Users can upload a photo of at most 5 MB.', []],
  ['Users can upload a photo, at most 5 MB.', []],
  ['Upload a photo of up to 5 MB', []],
  ['Users can upload a photo. It must be at most 5 MB.', ['It must be at most 5 MB.']],
])('%s: the size is a threshold of what is uploaded', (request, acceptance) => {
  const { requirements } = parseRequirements(request);
  const thresholds = [{ value: 5, unit: 'MB', bound: 'max' }];
  expect(requirements).toMatchObject([{ kind: 'functional', thresholds, acceptance }]);
});
