import type { Conflict, Resolution, Resolver } from '../conflict.ts';
import { isWord } from '../tokens.ts';
import { importedNames, importsAll, isImport } from '../import-lines.ts';
import { findOrder } from '../sorted-block.ts';

const ignoreFile = /(^|\/)\.?\w*ignore$/;

/**
 * Both sides added lines to a list, or took some out: all that was added, without what was taken
 * out. In a sorted list the place is clear; in others it is left, then right, which is a guess.
 */
export const entries: Resolver = {
  name: 'entries',
  resolve(conflict: Conflict): Resolution | undefined {
    const { path, base, left, right } = conflict;
    const all = [...base, ...left, ...right];
    if (!all.every((line) => isWord(line) && indentOf(line) === indentOf(all[0] as string))) {
      return undefined;
    }
    const areImports = all.every(isImport);
    if (!areImports && !base.every((line) => left.includes(line) && right.includes(line))) {
      return undefined;
    }
    // A wildcard may stand for what the other side names.
    if (areImports && all.some(importsAll)) return undefined;
    const united = unite(base, left, right);
    if (united === undefined) return undefined;
    const belongs = (line: string) =>
      line.trim() !== '' &&
      indentOf(line) === indentOf(all[0] as string) &&
      areImports === isImport(line);
    const block = {
      before: startOf(conflict.before.toReversed(), belongs).toReversed(),
      after: startOf(conflict.after, belongs),
    };
    const order = findOrder(
      [base, left, right].map((lines) => [...block.before, ...lines, ...block.after]),
    );
    const known = block.before.length + base.length + block.after.length;
    const onlyAdds = base.every((line) => left.includes(line) && right.includes(line));
    if (order !== undefined) {
      const lines = united.toSorted(order);
      // Few lines may be in order by chance; then it must not matter.
      const isClear = areImports || known >= 4 || lines.join('\n') === united.join('\n');
      if (isClear) return { lines, confidence: onlyAdds ? 0.92 : 0.85 };
    }
    const isUnordered = areImports || ignoreFile.test(path) || isMapping(path, all);
    return isUnordered ? { lines: united, confidence: 0.85 } : undefined;
  },
};

/** Keys with values in a line of data, whose order means nothing. */
const isMapping = (path: string, lines: readonly string[]): boolean =>
  /\.(json|ya?ml|toml)$/.test(path) &&
  lines.every((line) => /^\s*("[^"]+"|[\w.-]+)\s*[:=]\s*[^\s{[]/.test(line));

/** The first lines that belong to the list; at most as many as tell whether it is sorted. */
function startOf(lines: readonly string[], belongs: (line: string) => boolean): readonly string[] {
  const end = lines.findIndex((line) => !belongs(line));
  return lines.slice(0, end === -1 ? 30 : Math.min(end, 30));
}

const indentOf = (line: string) => /^\s*/.exec(line)?.[0];

/** The lines of all, or undefined when the sides speak of the same thing. */
function unite(
  base: readonly string[],
  left: readonly string[],
  right: readonly string[],
): readonly string[] | undefined {
  if ([base, left, right].some((lines) => new Set(lines).size !== lines.length)) return undefined;
  const addedLeft = left.filter((line) => !base.includes(line) && !right.includes(line));
  const addedRight = right.filter((line) => !base.includes(line) && !left.includes(line));
  const subjects = new Set(addedLeft.flatMap(subjectsOf));
  if (addedRight.flatMap(subjectsOf).some((each) => subjects.has(each))) return undefined;
  const kept = left.filter((line) => right.includes(line) || !base.includes(line));
  // Right's additions follow what they follow there, or else what left added.
  const united = [...kept];
  for (const line of addedRight) {
    const before = right.slice(0, right.indexOf(line)).findLast((each) => united.includes(each));
    let at = before === undefined ? 0 : united.indexOf(before) + 1;
    while (at < united.length && addedLeft.includes(united[at] as string)) at++;
    united.splice(at, 0, line);
  }
  return united;
}

/** What nobody else may speak of: the imported names, or the words up to a value, and a number. */
function subjectsOf(line: string): readonly string[] {
  const trimmed = line.trim();
  if (isImport(trimmed)) return importedNames(trimmed);
  const number = /[=:]\s*(-?\w*\d\w*)[,;]?$/.exec(trimmed)?.[1];
  const name = /^\W*[\w.@/-]+/.exec(trimmed)?.[0] ?? trimmed;
  return number === undefined ? [name] : [name, `= ${number}`];
}
