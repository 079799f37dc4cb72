import { type Region, threeWay } from './three-way.ts';
import { isWord, type Token, tokenise, type TokenText } from './tokens.ts';
import { editDistance } from './edit-script.ts';

/** Resolves one stretch of tokens that both sides changed; undefined when it cannot. */
export type GroupResolver = (
  base: readonly string[],
  left: readonly string[],
  right: readonly string[],
  /** The last unchanged word before it, or ''. */
  before: string,
) => readonly string[] | undefined;

export interface MergeTokensOptions {
  readonly decide?: GroupResolver;
  /** Takes quoted strings as one token each. */
  readonly wholeStrings?: boolean;
}

export interface TokenMerge {
  readonly text: string;
  /** Stretches that each side alone changed, and those that both did in the same way. */
  readonly leftEdits: number;
  readonly rightEdits: number;
  /** Stretches decided by the group resolver. */
  readonly decided: number;
  /** Whether a side changed the white space between tokens that it kept. */
  readonly relaid: boolean;
  /** Fewest unchanged words between edits of different sides; Infinity when only one has any. */
  readonly separation: number;
  /** How often the side changes from one edit to the next. */
  readonly alternations: number;
  /** Most tokens that one side added. */
  readonly added: number;
  /** Share of the base's tokens that each side kept. */
  readonly kept: { readonly left: number; readonly right: number };
  /** Tokens of the base that were deleted without a replacement, at most in one stretch, by side. */
  readonly cut: { readonly left: number; readonly right: number };
}

/** A larger conflict is no matter of single words. */
const maxTokens = 2_000;

/** Where an output token stands in each of the texts that have it. */
interface Placed {
  readonly token: Token;
  readonly base?: number;
  readonly left?: number;
  readonly right?: number;
}

/**
 * Merges texts token by token: what the sides changed must not touch. White space is no token: it
 * is merged where the tokens around it meet, so that one side may reformat or indent what the other
 * edits.
 *
 * @returns undefined when the changes overlap, when the texts are long, or when the result depends on how equal tokens are
 *   paired
 */
export function mergeTokens(
  base: string,
  left: string,
  right: string,
  { decide, wholeStrings = false }: MergeTokensOptions = {},
): TokenMerge | undefined {
  const texts = [base, left, right].map((text) => tokenise(text, wholeStrings)) as [
    TokenText,
    TokenText,
    TokenText,
  ];
  if (texts.some(({ tokens }) => tokens.length > maxTokens)) return undefined;
  const forwards = mergeAligned(texts, 'forwards', decide);
  if (forwards === undefined) return undefined;
  const backwards = mergeAligned(texts, 'backwards', decide);
  return backwards?.text === forwards.text ? forwards : undefined;
}

function mergeAligned(
  texts: readonly [TokenText, TokenText, TokenText],
  align: 'forwards' | 'backwards',
  decide: GroupResolver | undefined,
): TokenMerge | undefined {
  const [base, left, right] = texts.map(({ tokens }) => tokens.map(({ text }) => text)) as [
    string[],
    string[],
    string[],
  ];
  const regions = threeWay(base, left, right, align);
  const placed: Placed[] = [];
  let decided = 0;
  for (const region of regions) {
    const output = placeRegion(region, texts, decide);
    if (output === undefined) return undefined;
    if (region.kind === 'conflict') decided++;
    placed.push(...output);
  }
  const joined = joinPlaced(placed, texts);
  if (joined === undefined) return undefined;
  const count = (kind: Region['kind']) => regions.filter((region) => region.kind === kind).length;
  return {
    ...joined,
    leftEdits: count('left') + count('both'),
    rightEdits: count('right') + count('both'),
    decided,
    ...meetingsOf(regions, base),
    added: Math.max(left.length, right.length) - base.length,
    kept: { left: keptShare(base, left), right: keptShare(base, right) },
    cut: { left: longestCut(regions, 'left'), right: longestCut(regions, 'right') },
  };
}

function placeRegion(
  region: Region,
  [base, left, right]: readonly [TokenText, TokenText, TokenText],
  decide: GroupResolver | undefined,
): Placed[] | undefined {
  const span = (text: TokenText, [from, to]: readonly [number, number]) =>
    text.tokens.slice(from, to);
  switch (region.kind) {
    case 'unchanged':
      return span(base, region.base).map((token, k) => ({
        token,
        base: region.base[0] + k,
        left: region.left[0] + k,
        right: region.right[0] + k,
      }));
    case 'left':
      return span(left, region.left).map((token, k) => ({ token, left: region.left[0] + k }));
    case 'right':
      return span(right, region.right).map((token, k) => ({ token, right: region.right[0] + k }));
    case 'both':
      return span(left, region.left).map((token, k) => ({
        token,
        left: region.left[0] + k,
        right: region.right[0] + k,
      }));
    case 'conflict': {
      const words = [span(base, region.base), span(left, region.left), span(right, region.right)];
      const texts = words.map((tokens) => tokens.map(({ text }) => text));
      const before = base.tokens.slice(0, region.base[0]).findLast(({ text }) => isWord(text));
      const [b, l, r] = texts as [string[], string[], string[]];
      const chosen = decide?.(b, l, r, before?.text ?? '');
      return chosen && placeChosen(chosen, region, left, right);
    }
  }
}

/** Finds what a group resolver chose again in the sides: all of one, or of one and then the other. */
function placeChosen(
  chosen: readonly string[],
  region: Region,
  left: TokenText,
  right: TokenText,
): Placed[] {
  const placed: Placed[] = [];
  let [l, r] = [region.left[0], region.right[0]];
  for (const text of chosen) {
    const inLeft = l < region.left[1] && left.tokens[l]?.text === text;
    const inRight = r < region.right[1] && right.tokens[r]?.text === text;
    const token = inLeft ? left.tokens[l] : right.tokens[r];
    placed.push({
      token: token ?? { text, gap: ' ' },
      ...(inLeft ? { left: l++ } : {}),
      ...(inRight ? { right: r++ } : {}),
    });
  }
  return placed;
}

const trimmed = (gap: string) => gap.replace(/[ \t]+(?=\r?\n)/g, '');

/** Puts the tokens together again; undefined where the white space itself conflicts. */
function joinPlaced(
  placed: readonly Placed[],
  texts: readonly [TokenText, TokenText, TokenText],
): Pick<TokenMerge, 'text' | 'relaid'> | undefined {
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
  let relaid = false;
  let before: Placed = { token: { text: '', gap: '' }, base: -1, left: -1, right: -1 };
  for (const [index, item] of [...placed, end].entries()) {
    const b = gapIn(base, before.base, item.base);
    const l = gapIn(left, before.left, item.left);
    const r = gapIn(right, before.right, item.right);
    const gap = mergeGaps(b, l, r, item.token.gap);
    if (gap === undefined) return undefined;
    relaid ||= b !== undefined && [l, r].some((each) => each !== undefined && each !== b);
    const own = b === undefined && (l === undefined) !== (r === undefined);
    text += own && gap.includes('\n') ? reindent(gap, placed, index, item, texts) : gap;
    text += item.token.text;
    before = item;
  }
  return { text, relaid };
}

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

const indentOf = (gap: string) => gap.slice(gap.lastIndexOf('\n') + 1);

/**
 * A line that one side added among lines that the other side indented moves with them: with the
 * nearest line that all texts have and that stood as deep as it did.
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
  const candidates = placed
    .map((each, at) => ({ each, distance: Math.abs(at - index) + (at > index ? 0.5 : 0) }))
    .sort((a, b) => a.distance - b.distance);
  for (const { each } of candidates) {
    if (each.base === undefined) continue;
    const [b, o, n] = [
      base.tokens[each.base]?.gap,
      own.tokens[each[ownKey] as number]?.gap,
      other.tokens[each[otherKey] as number]?.gap,
    ];
    const starts = [b, o, n].every((each) => each?.includes('\n'));
    if (!starts || indentOf(o as string) !== depth) continue;
    if (indentOf(o as string) !== indentOf(b as string)) return gap;
    return gap.slice(0, gap.length - depth.length) + indentOf(n as string);
  }
  return gap;
}

function meetingsOf(
  regions: readonly Region[],
  base: readonly string[],
): Pick<TokenMerge, 'separation' | 'alternations'> {
  let separation = Infinity;
  let alternations = 0;
  let last: Region['kind'] | undefined;
  let words = 0;
  for (const { kind, base: span } of regions) {
    if (kind === 'unchanged') {
      words += base.slice(...span).filter(isWord).length;
      continue;
    }
    if (kind !== 'left' && kind !== 'right') continue;
    if (last !== undefined && last !== kind) {
      separation = Math.min(separation, words);
      alternations++;
    }
    last = kind;
    words = 0;
  }
  return { separation, alternations };
}

function keptShare(base: readonly string[], side: readonly string[]): number {
  if (base.length === 0) return 1;
  const distance = editDistance(base, side);
  return (base.length + side.length - distance) / 2 / base.length;
}

function longestCut(regions: readonly Region[], side: 'left' | 'right'): number {
  return Math.max(
    0,
    ...regions
      .filter((region) => region.kind === side && region[side][0] === region[side][1])
      .map(({ base: [from, to] }) => to - from),
  );
}
