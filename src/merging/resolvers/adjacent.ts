import { appendLines } from '../append-lines.ts';
import type { Conflict, Resolution, Resolver } from '../conflict.ts';
import { areDependent } from '../dependent-edits.ts';
import { type Edit, editDistance, editScript } from '../edit-script.ts';
import { isImport } from '../import-lines.ts';
import { ink } from '../ink.ts';
import { tokenTexts } from '../tokens.ts';

/**
 * The sides changed neighbouring lines, or one added lines right beside those that the other changed:
 * the changes meet but do not overlap. Two additions at one place do overlap: nothing says which
 * comes first.
 */
export const adjacent: Resolver = {
  name: 'adjacent',
  resolve(conflict: Conflict): Resolution | undefined {
    const { base, left, right, reformatted } = conflict;
    // Imports are a list, with rules of its own.
    if (base.length === 0 || [...base, ...left, ...right].every(isImport)) return undefined;
    if (!reformatted.left && indents(base, left)) return undefined;
    if (!reformatted.right && indents(base, right)) return undefined;
    const forwards = applyBoth(base, left, right, false);
    if (forwards === undefined) return undefined;
    const backwards = applyBoth(base, left, right, true);
    if (backwards?.join('\n') !== forwards.join('\n')) return undefined;
    const isLoose =
      areDependent(conflict) ||
      replaces(base, left, reformatted.left) ||
      replaces(base, right, reformatted.right);
    return { lines: forwards, confidence: isLoose ? 0.8 : 0.91 };
  },
};

/** A side that wrapped lines into a block: whether a neighbouring line belongs into it is open. */
function indents(base: readonly string[], side: readonly string[]): boolean {
  const trimmed = new Map(base.map((line) => [line.trim(), line]));
  return side.some((line) => {
    const known = trimmed.get(line.trim());
    return known !== undefined && line.trim() !== '' && known.trimEnd() !== line.trimEnd();
  });
}

/** How many brackets tokens open, less those that they close. */
const depthOf = (tokens: readonly string[]) =>
  tokens.reduce((depth, each) => depth + +/^[([{]$/.test(each) - +/^[)\]}]$/.test(each), 0);

/**
 * A side that wrote other lines instead: what the neighbouring change was about is gone. Or that only
 * laid lines out anew: that is given up as often as not, unless the whole file was.
 */
function replaces(base: readonly string[], side: readonly string[], reformats: boolean): boolean {
  return editScript(base, side).some(({ from, to, start, end }) => {
    if (from === to) return false;
    if (ink(base.slice(from, to)) === ink(side.slice(start, end))) return !reformats;
    if (to - from !== end - start) return true;
    return side.slice(start, end).some((line, index) => {
      const [before, after] = [base[from + index] as string, line].map((each) =>
        tokenTexts(each),
      ) as [string[], string[]];
      // What a block holds is no neighbouring matter.
      if (depthOf(before) !== depthOf(after)) return true;
      const distance = editDistance(before, after);
      return distance > (before.length + after.length) / 2;
    });
  });
}

function applyBoth(
  base: readonly string[],
  left: readonly string[],
  right: readonly string[],
  backwards: boolean,
): string[] | undefined {
  const edits = [
    ...editScript(base, left, backwards).map((edit) => ({ ...edit, side: left })),
    ...editScript(base, right, backwards).map((edit) => ({ ...edit, side: right })),
  ].sort((a, b) => a.from - b.from || a.to - b.to);
  const lines: string[] = [];
  let at = 0;
  for (const [index, edit] of edits.entries()) {
    const before = edits[index - 1];
    if (before !== undefined && clashes(before, edit)) return undefined;
    appendLines(lines, base.slice(at, edit.from));
    appendLines(lines, edit.side.slice(edit.start, edit.end));
    at = edit.to;
  }
  return [...lines, ...base.slice(at)];
}

/** `first` starts before `second`, or where it starts. Deleted lines say nothing of their neighbours. */
function clashes(first: Edit, second: Edit): boolean {
  if (second.from < first.to) return true;
  if (second.from > first.to) return false;
  const isInsertion = (edit: Edit) => edit.from === edit.to;
  const isCut = (edit: Edit) => edit.start === edit.end;
  return (isInsertion(first) && isInsertion(second)) || isCut(first) || isCut(second);
}
