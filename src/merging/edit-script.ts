import { diffArrays } from 'diff';
import { uniqueAnchors } from './unique-anchors.ts';

/** One replacement: base items `[from, to)` became the side's items `[start, end)`. */
export interface Edit {
  readonly from: number;
  readonly to: number;
  readonly start: number;
  readonly end: number;
}

/** Insertions and deletions up to which a shortest script is looked for: the search is quadratic. */
const maxEdits = 800;

/**
 * An edit script from `base` to `side`: a shortest one (Myers, by the package `diff`). Between texts
 * that differ too much for that, items that are unique in both are paired first, and what is then
 * still too different is one replacement.
 *
 * @param backwards resolves ambiguity (which of two equal items was deleted) from the end instead of
 *   from the start: a merge that depends on it is a guess
 */
export function editScript(
  base: readonly string[],
  side: readonly string[],
  backwards = false,
): readonly Edit[] {
  let head = commonStart(base, side, Math.min(base.length, side.length));
  const rest = Math.min(base.length, side.length) - (backwards ? 0 : head);
  const tail = commonEnd(base, side, rest);
  // Where both ends overlap (a repeated item was added or removed), which end gives way is the guess.
  if (backwards) head = Math.min(head, Math.min(base.length, side.length) - tail);
  const from = base.slice(head, base.length - tail);
  const to = side.slice(head, side.length - tail);
  if (from.length === 0 && to.length === 0) return [];
  const script = backwards
    ? reversed(search(from.toReversed(), to.toReversed()), from.length, to.length)
    : search(from, to);
  return script.map((edit) => shifted(edit, head, head));
}

/**
 * The same script with every pure insertion or deletion as far down as it can stand, as git has it:
 * what two sides added at one place meets there, whatever repeated lines lie around it.
 */
export function settled(
  edits: readonly Edit[],
  base: readonly string[],
  side: readonly string[],
): readonly Edit[] {
  let next = base.length;
  return edits
    .toReversed()
    .map((edit) => {
      const { from, to, start, end } = edit;
      let by = 0;
      const slides =
        from === to
          ? () => side[start + by] === side[end + by]
          : () => start === end && base[from + by] === base[to + by];
      while (to + by < next && slides()) by++;
      next = from + by;
      return shifted(edit, by, by);
    })
    .reverse();
}

/** Items inserted and deleted by the edit script. */
export function editDistance(base: readonly string[], side: readonly string[]): number {
  let distance = 0;
  for (const { from, to, start, end } of editScript(base, side))
    distance += to - from + end - start;
  return distance;
}

function commonStart(a: readonly string[], b: readonly string[], most: number): number {
  let length = 0;
  while (length < most && a[length] === b[length]) length++;
  return length;
}

function commonEnd(a: readonly string[], b: readonly string[], most: number): number {
  let length = 0;
  while (length < most && a[a.length - 1 - length] === b[b.length - 1 - length]) length++;
  return length;
}

function search(base: string[], side: string[]): readonly Edit[] {
  const shortest = shortestScript(base, side);
  if (shortest !== undefined) return shortest;
  const edits: Edit[] = [];
  let [b, s] = [0, 0];
  for (const anchor of [...uniqueAnchors(base, side), { base: base.length, side: side.length }]) {
    const [from, to] = [base.slice(b, anchor.base), side.slice(s, anchor.side)];
    const whole = { from: 0, to: from.length, start: 0, end: to.length };
    const script = from.length + to.length === 0 ? [] : (shortestScript(from, to) ?? [whole]);
    for (const edit of script) edits.push(shifted(edit, b, s));
    [b, s] = [anchor.base + 1, anchor.side + 1];
  }
  return edits;
}

function shortestScript(base: string[], side: string[]): readonly Edit[] | undefined {
  const parts = diffArrays(base, side, { maxEditLength: maxEdits });
  if (parts === undefined) return undefined;
  const edits: Edit[] = [];
  let [b, s] = [0, 0];
  let open: { from: number; start: number } | undefined;
  for (const { added, removed, count } of parts) {
    if (!added && !removed) {
      if (open !== undefined) edits.push({ ...open, to: b, end: s });
      open = undefined;
      b += count;
      s += count;
      continue;
    }
    open ??= { from: b, start: s };
    if (removed) b += count;
    else s += count;
  }
  if (open !== undefined) edits.push({ ...open, to: b, end: s });
  return edits;
}

const shifted = ({ from, to, start, end }: Edit, base: number, side: number): Edit => ({
  from: from + base,
  to: to + base,
  start: start + side,
  end: end + side,
});

function reversed(edits: readonly Edit[], baseLength: number, sideLength: number): Edit[] {
  return edits
    .map((edit) => ({
      from: baseLength - edit.to,
      to: baseLength - edit.from,
      start: sideLength - edit.end,
      end: sideLength - edit.start,
    }))
    .reverse();
}
