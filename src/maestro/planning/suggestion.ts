import { closest, distance } from 'fastest-levenshtein';

/** ` (did you mean "backend"?)`, or nothing when no name is near. Case does not count. */
export function didYouMean(word: string, names: readonly string[]): string {
  if (names.length === 0 || word.length < 2 || word.length > 100) return '';
  const lower = names.map((name) => name.toLowerCase());
  const nearest = closest(word.toLowerCase(), lower);
  const allowed = Math.max(1, Math.floor(word.length / 3));
  if (distance(word.toLowerCase(), nearest) > allowed) return '';
  return ` (did you mean "${names[lower.indexOf(nearest)] ?? nearest}"?)`;
}
