import { type Edit, editScript, settled } from './edit-script.ts';

type Span = readonly [from: number, to: number];

/** A stretch of the three texts that belongs together; `kind` says who changed it. */
export interface Region {
  readonly kind: 'unchanged' | 'left' | 'right' | 'both' | 'conflict';
  readonly base: Span;
  readonly left: Span;
  readonly right: Span;
}

/**
 * Aligns three texts as diff3 does: edits of both sides that overlap or touch form one region, a
 * `conflict` unless both came to the same result (`both`).
 */
export function threeWay(
  base: readonly string[],
  left: readonly string[],
  right: readonly string[],
  align: 'settled' | 'forwards' | 'backwards' = 'settled',
): readonly Region[] {
  const [lefts, rights] = [left, right].map((side) =>
    align === 'settled'
      ? settled(editScript(base, side), base, side)
      : editScript(base, side, align === 'backwards'),
  ) as [readonly Edit[], readonly Edit[]];
  const regions: Region[] = [];
  let [b, l, r] = [0, 0, 0];
  let [i, j] = [0, 0];
  const unchangedUntil = (until: number) => {
    const length = until - b;
    if (length > 0) {
      const spans = { base: [b, until], left: [l, l + length], right: [r, r + length] } as const;
      regions.push({ kind: 'unchanged', ...spans });
    }
    [b, l, r] = [until, l + length, r + length];
  };
  while (i < lefts.length || j < rights.length) {
    const first = Math.min(lefts[i]?.from ?? Infinity, rights[j]?.from ?? Infinity);
    unchangedUntil(first);
    let end = first;
    const [i0, j0] = [i, j];
    for (;;) {
      const nextLeft = lefts[i];
      const nextRight = rights[j];
      if (nextLeft !== undefined && nextLeft.from <= end) {
        end = Math.max(end, nextLeft.to);
        i++;
      } else if (nextRight !== undefined && nextRight.from <= end) {
        end = Math.max(end, nextRight.to);
        j++;
      } else break;
    }
    const leftEnd = l + (end - b) + growth(lefts, i0, i);
    const rightEnd = r + (end - b) + growth(rights, j0, j);
    const kind =
      i === i0
        ? 'right'
        : j === j0
          ? 'left'
          : sameItems(left, [l, leftEnd], right, [r, rightEnd])
            ? 'both'
            : 'conflict';
    regions.push({ kind, base: [b, end], left: [l, leftEnd], right: [r, rightEnd] });
    [b, l, r] = [end, leftEnd, rightEnd];
  }
  unchangedUntil(base.length);
  return regions;
}

function growth(edits: readonly Edit[], from: number, to: number): number {
  let sum = 0;
  for (const edit of edits.slice(from, to)) sum += edit.end - edit.start - (edit.to - edit.from);
  return sum;
}

function sameItems(
  left: readonly string[],
  [l, leftEnd]: Span,
  right: readonly string[],
  [r, rightEnd]: Span,
): boolean {
  if (leftEnd - l !== rightEnd - r) return false;
  for (let k = 0; l + k < leftEnd; k++) if (left[l + k] !== right[r + k]) return false;
  return true;
}
