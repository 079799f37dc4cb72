import { editDistance } from './edit-script.ts';
import type { Region } from './three-way.ts';
import type { TokenMerge } from './token-merge.ts';
import { isWord, type Token, type TokenText } from './tokens.ts';

/** How near edits of different sides come to each other. */
export function meetingsOf(
  regions: readonly Region[],
  [base, left, right]: readonly [TokenText, TokenText, TokenText],
): Pick<TokenMerge, 'separation' | 'alternations' | 'apart'> {
  let separation = Infinity;
  let alternations = 0;
  let apart = true;
  let last: { kind: 'left' | 'right'; edge: Token | undefined } | undefined;
  let between: readonly Token[] = [];
  for (const region of regions) {
    const { kind } = region;
    if (kind === 'unchanged') between = [...between, ...base.tokens.slice(...region.base)];
    if (kind !== 'left' && kind !== 'right') continue;
    const own = (kind === 'left' ? left : right).tokens.slice(...region[kind]);
    if (last !== undefined && last.kind !== kind) {
      separation = Math.min(separation, between.filter(({ text }) => isWord(text)).length);
      const around = [last.edge, ...between, own[0]];
      apart &&= around.some((token) => token !== undefined && separates(token));
      alternations++;
    }
    last = { kind, edge: own.at(-1) };
    between = [];
  }
  return { separation, alternations, apart };
}

/** Whether one argument, statement, block or line ends here and another begins. */
const separates = ({ text, gap }: Token): boolean => /^[,;{}]$/.test(text) || gap.includes('\n');

/** Whether an edit puts the rest of a line, words and all, on a line of its own. */
export function splits(
  { kind, base: [from, to], left, right }: Region,
  [base, ...sides]: readonly [TokenText, TokenText, TokenText],
): boolean {
  if (kind !== 'left' && kind !== 'right') return false;
  const [own, [start, end]] = kind === 'left' ? [sides[0], left] : [sides[1], right];
  if (from === 0 || to === base.tokens.length || end === start) return false;
  const breaks = (text: TokenText, first: number, last: number) =>
    text.tokens.slice(first, last).some(({ gap }) => gap.includes('\n'));
  if (!breaks(own, start + 1, end + 1) || breaks(base, from, to + 1)) return false;
  const rest = base.tokens.slice(to);
  const lineEnd = rest.findIndex(({ gap }, k) => k > 0 && gap.includes('\n'));
  return rest.slice(0, lineEnd === -1 ? rest.length : lineEnd).some(({ text }) => isWord(text));
}

/** @returns 0…1 */
export function keptShare(base: readonly string[], side: readonly string[]): number {
  if (base.length === 0) return 1;
  const distance = editDistance(base, side);
  return (base.length + side.length - distance) / 2 / base.length;
}

/** @returns tokens, 0 when the side only added and replaced */
export function longestCut(regions: readonly Region[], side: 'left' | 'right'): number {
  return Math.max(
    0,
    ...regions
      .filter((region) => region.kind === side && region[side][0] === region[side][1])
      .map(({ base: [from, to] }) => to - from),
  );
}
