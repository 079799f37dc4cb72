import { expect, test } from 'vitest';
import { plainQuality } from '../../../src/maestro/planning/plain-quality.ts';

test.each([
  ['The system should be fast.', 'performance'],
  ['The site must be very fast and user-friendly.', 'performance'],
  ['The site should be user friendly', 'usability'],
  ['The app has to be easy to use and secure.', 'usability'],
  ['The service shall be fault tolerant.', 'reliability'],
  ['The page must be fast to load orders.', undefined],
  ['The report shall be visible to admins.', undefined],
  ['Users can save simple and modern notes.', undefined],
  ['Fast search', undefined],
])('%s: %s', (text, quality) => {
  expect(plainQuality(text)).toBe(quality);
});
