import { isDeepStrictEqual } from 'node:util';

/** The answer where both sides changed the same value differently, or the order of a list. */
export const clash = Symbol('clash');

type Mapping = Readonly<Record<string, unknown>>;

/** Merges parsed documents key by key. @returns the merged value, or `clash` */
export function mergeData(base: unknown, left: unknown, right: unknown): unknown {
  if (isDeepStrictEqual(left, right) || isDeepStrictEqual(right, base)) return left;
  if (isDeepStrictEqual(left, base)) return right;
  if (!isMapping(left) || !isMapping(right)) return clash;
  const known = isMapping(base) ? base : {};
  const merged: Record<string, unknown> = {};
  for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
    const value = mergeData(
      Object.hasOwn(known, key) ? known[key] : undefined,
      Object.hasOwn(left, key) ? left[key] : undefined,
      Object.hasOwn(right, key) ? right[key] : undefined,
    );
    if (value === clash) return clash;
    if (value !== undefined) merged[key] = value;
  }
  return merged;
}

const isMapping = (value: unknown): value is Mapping =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
