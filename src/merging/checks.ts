import { isDeepStrictEqual } from 'node:util';
import { parserOf } from './formats.ts';
import { clash, mergeData } from './merge-data.ts';

type Check = (path: string, sides: readonly string[], merged: string) => string | undefined;

/**
 * What speaks against a merge although every part of it was sure: each check passes on both sides
 * and fails on the merge.
 *
 * @param versions base, left, right
 * @returns the doubt in words
 */
export function contradiction(
  path: string,
  versions: readonly string[],
  merged: string,
): string | undefined {
  for (const check of [keepsStructure, isBalanced, keepsNamesGone, addsOnce]) {
    const doubt = check(path, versions, merged);
    if (doubt !== undefined) return doubt;
  }
  return undefined;
}

const keepsStructure: Check = (path, versions, merged) => {
  const parse = parserOf(path);
  if (parse === undefined) return undefined;
  let values: unknown[];
  try {
    values = versions.map(parse);
  } catch {
    return undefined; // A side is broken already: nothing to compare with.
  }
  let value: unknown;
  try {
    value = parse(merged);
  } catch {
    return 'both sides can be parsed, the merge cannot';
  }
  const expected = mergeData(values[0], values[1], values[2]);
  if (expected === clash || isDeepStrictEqual(plain(expected), plain(value))) return undefined;
  return 'the merge does not hold what both sides hold, key by key';
};

/** Parsers differ in prototypes; only the content counts. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value)) as unknown;

const pairs = ['()', '[]', '{}'] as const;

const isBalanced: Check = (_path, versions, merged) => {
  const count = (text: string, char: string) => text.split(char).length - 1;
  for (const [open, close] of pairs) {
    const surplus = (text: string) => count(text, open as string) - count(text, close as string);
    const [left, right] = versions.slice(1).map(surplus);
    if (left === right && surplus(merged) !== left) {
      return `brackets ${open}${close} are balanced on both sides, and not in the merge`;
    }
  }
  return undefined;
};

const names = (text: string) =>
  text.match(/(?<![\p{L}\p{N}_$.-])[\p{L}_$][\p{L}\p{N}_$]{2,}/gu) ?? [];
const withoutStrings = (text: string) =>
  text.replace(/"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\\n]|\\.)*`/g, '""');
const prose = /\.(md|markdown|txt|rst|adoc|html?)$|(^|\/)[A-Z]+$/;

/** A name that one side removed everywhere comes back only through the other side's new lines. */
const keepsNamesGone: Check = (path, [base = '', left = '', right = ''], merged) => {
  if (prose.test(path)) return undefined;
  const [inBase, inLeft, inRight, inMerged] = [base, left, right, merged].map(
    (text) => new Set(names(withoutStrings(text))),
  ) as [Set<string>, Set<string>, Set<string>, Set<string>];
  for (const name of inBase) {
    if (inMerged.has(name) && inLeft.has(name) !== inRight.has(name)) {
      return `one side no longer knows ${name}, the merge uses it`;
    }
  }
  return undefined;
};

/** What both sides added once must not stand there twice. */
const addsOnce: Check = (_path, [base = '', left = '', right = ''], merged) => {
  const count = (text: string) => {
    const counts = new Map<string, number>();
    for (const line of text.split('\n')) {
      const trimmed = line.trim();
      if (names(trimmed).length > 1) counts.set(trimmed, (counts.get(trimmed) ?? 0) + 1);
    }
    return counts;
  };
  const [b, l, r, m] = [base, left, right, merged].map(count) as [
    Map<string, number>,
    Map<string, number>,
    Map<string, number>,
    Map<string, number>,
  ];
  for (const [line, times] of m) {
    const before = b.get(line) ?? 0;
    const most = Math.max(l.get(line) ?? 0, r.get(line) ?? 0);
    if (times > most && (l.get(line) ?? 0) > before && (r.get(line) ?? 0) > before) {
      return `both sides added the line "${line.slice(0, 80)}", the merge has it once more`;
    }
  }
  return undefined;
};
