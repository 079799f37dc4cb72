import type { Conflict, Resolver } from '../conflict.ts';

/** Both sides added something at the same place: left, then right. Often right, never sure. */
export const concatenation: Resolver = {
  name: 'concatenation',
  resolve({ base, left, right, before }: Conflict) {
    if (base.length > 0 || left.length === 0 || right.length === 0) return undefined;
    const blank = (line: string | undefined) => line?.trim() === '';
    // Blocks that stand apart go on standing apart.
    const apart =
      (left.length > 1 || right.length > 1) &&
      (before.length === 0 || blank(before.at(-1))) &&
      !blank(left.at(-1)) &&
      !blank(right[0]);
    return { lines: [...left, ...(apart ? [''] : []), ...right], confidence: 0.7 };
  },
};
