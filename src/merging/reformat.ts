import { ink } from './ink.ts';
import type { Region } from './three-way.ts';

/** From so many changes that only lay lines out anew, and this share of all, it was on purpose. */
const [fewest, share] = [2, 0.4];

/**
 * Whether a side reformatted the file: developers keep such a layout, while that of a stray edit they
 * drop as often as not.
 */
export function isReformat(
  regions: readonly Region[],
  base: readonly string[],
  side: readonly string[],
  name: 'left' | 'right',
): boolean {
  let [changes, ofLayout] = [0, 0];
  for (const region of regions) {
    const before = base.slice(...region.base);
    const after = side.slice(...region[name]);
    if (before.join('\n') === after.join('\n')) continue;
    changes++;
    if (ink(before) === ink(after) && written(before) !== written(after)) ofLayout++;
  }
  return ofLayout >= Math.max(fewest, share * changes);
}

/** Blank lines come and go without a formatter. */
const written = (lines: readonly string[]) => lines.filter((line) => line.trim() !== '').join('\n');
