import type { TokenMerge } from './token-merge.ts';
import type { Token, TokenText } from './tokens.ts';

/** Where an output token stands in each of the texts that have it. */
export interface Placed {
  readonly token: Token;
  readonly base?: number;
  readonly left?: number;
  readonly right?: number;
  /** Where the word stood, in base and in the other side, that this one was put instead of. */
  readonly instead?: { readonly base: number; readonly left?: number; readonly right?: number };
}

const trimmed = (gap: string) => gap.replace(/[ \t]+(?=\r?\n)/g, '');

/** Puts the tokens together again; undefined where the white space itself conflicts. */
export function joinPlaced(
  placed: readonly Placed[],
  texts: readonly [TokenText, TokenText, TokenText],
): Pick<TokenMerge, 'text' | 'relaid' | 'torn'> | undefined {
  const [base, left, right] = texts;
  const end: Placed = {
    token: { text: '', gap: '' },
    base: base.tokens.length,
    left: left.tokens.length,
    right: right.tokens.length,
  };
  const gapIn = (text: TokenText, from: number | undefined, to: number | undefined) =>
    from === undefined || to === undefined || to !== from + 1
      ? undefined
      : trimmed(text.tokens[to]?.gap ?? text.tail);
  let text = '';
  const relaid = { left: false, right: false };
  let [torn, wasMoved, inComment] = [false, false, false];
  let before: Placed = { token: { text: '', gap: '' }, base: -1, left: -1, right: -1 };
  for (const [index, item] of [...placed, end].entries()) {
    const b = gapIn(base, before.base, item.base);
    const l = gapIn(left, before.left, item.left);
    const r = gapIn(right, before.right, item.right);
    const inherited = b === undefined ? inheritedGap(item, before, texts) : undefined;
    const gap = inherited ?? mergeGaps(b, l, r, item.token.gap);
    if (gap === undefined) return undefined;
    relaid.left ||= b !== undefined && l !== undefined && l !== b;
    relaid.right ||= b !== undefined && r !== undefined && r !== b;
    const own = b === undefined && (l === undefined) !== (r === undefined);
    text += own && gap.includes('\n') ? reindent(gap, placed, index, item, texts) : gap;
    text += item.token.text;
    torn ||= own && wasMoved && !gap.includes('\n');
    inComment &&= !gap.includes('\n');
    torn ||= inherited === undefined && isRewrapped(item, before, texts);
    torn ||= inComment && startsLine(item, texts);
    inComment ||= item.token.text === '//';
    wasMoved = b !== undefined && b.includes('\n') !== gap.includes('\n');
    before = item;
  }
  return { text, relaid, torn };
}

/** Whether a word that all texts have starts a line in some of them only, behind words of one side. */
function isRewrapped(
  { base, left, right }: Placed,
  before: Placed,
  [b, l, r]: readonly [TokenText, TokenText, TokenText],
): boolean {
  if (base === undefined || left === undefined || right === undefined) return false;
  if (before.base !== undefined || base === b.tokens.length) return false;
  const gaps = [b.tokens[base]?.gap, l.tokens[left]?.gap, r.tokens[right]?.gap];
  return new Set(gaps.map((gap) => gap?.includes('\n'))).size > 1;
}

const startsLine = (item: Placed, [, left, right]: readonly [TokenText, TokenText, TokenText]) =>
  [left.tokens[item.left ?? -1], right.tokens[item.right ?? -1]].some((token) =>
    token?.gap.includes('\n'),
  );

function mergeGaps(
  base: string | undefined,
  left: string | undefined,
  right: string | undefined,
  own: string,
): string | undefined {
  if (left === undefined && right === undefined) return own;
  if (left === undefined) return right;
  if (right === undefined) return left;
  if (left === right || right === base) return left;
  if (left === base) return right;
  return undefined;
}

/**
 * The space before a word that all texts have, or that took the place of one that all had, where one
 * side wrote around it anew: that side left the space as it was, so it is the other side's to change.
 * Whether a line ends there is no matter of space alone, unless nothing else changed before it.
 */
function inheritedGap(
  item: Placed,
  before: Placed,
  texts: readonly [TokenText, TokenText, TokenText],
): string | undefined {
  const { base, left, right } = { ...item.instead, ...item };
  if (base === undefined || left === undefined || right === undefined) return undefined;
  const places = [base, left, right];
  const [b, l, r] = texts.map((text, k) =>
    trimmed(text.tokens[places[k] as number]?.gap ?? text.tail),
  ) as [string, string, string];
  const isEnd = base === texts[0].tokens.length;
  const follows =
    before.base === base - 1 && before.left === left - 1 && before.right === right - 1;
  const breaks = [b, l, r].filter((gap) => gap.includes('\n')).length;
  if (!isEnd && !follows && breaks !== 0 && breaks !== 3) return undefined;
  return b === l ? r : b === r ? l : undefined;
}

const indentOf = (gap: string) => gap.slice(gap.lastIndexOf('\n') + 1);

/**
 * A line that one side added among lines that the other side indented moves with its neighbours, those
 * that stood as deep as it did. At either end of the text it stays where it is: what follows is unknown.
 */
function reindent(
  gap: string,
  placed: readonly Placed[],
  index: number,
  item: Placed,
  [base, left, right]: readonly [TokenText, TokenText, TokenText],
): string {
  const [own, other] = item.left === undefined ? [right, left] : [left, right];
  const ownKey = item.left === undefined ? 'right' : 'left';
  const otherKey = item.left === undefined ? 'left' : 'right';
  const depth = indentOf(gap);
  const depthsOf = (each: Placed) => {
    if (each.base === undefined) return undefined;
    const gaps = [
      base.tokens[each.base]?.gap,
      own.tokens[each[ownKey] as number]?.gap,
      other.tokens[each[otherKey] as number]?.gap,
    ];
    if (!gaps.every((each) => each?.includes('\n'))) return undefined;
    return gaps.map((each) => indentOf(each as string)) as [string, string, string];
  };
  const neighbour = (step: 1 | -1) => {
    for (let at = index + step; at >= 0 && at < placed.length; at += step) {
      const depths = depthsOf(placed[at] as Placed);
      if (depths !== undefined) return depths;
    }
    return undefined;
  };
  const isAmong = [placed.slice(0, index), placed.slice(index)].every((part) =>
    part.some((each) => each.base !== undefined),
  );
  if (!isAmong) return gap;
  const peers = [neighbour(-1), neighbour(1)].filter((depths) => depths?.[1] === depth);
  const moved = peers.map((depths) => (depths?.[1] === depths?.[0] ? depths?.[2] : depth));
  if (moved.length === 0 || new Set(moved).size > 1) return gap;
  return gap.slice(0, gap.length - depth.length) + (moved[0] ?? depth);
}
