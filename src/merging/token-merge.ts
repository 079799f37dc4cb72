import { type Region, threeWay } from './three-way.ts';
import { isWord, tokenise, type TokenText } from './tokens.ts';
import { keptShare, longestCut, meetingsOf, splits } from './token-edits.ts';
import { joinPlaced, type Placed } from './token-layout.ts';

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
  /** Whether a side changed the white space between tokens that all have. */
  readonly relaid: { readonly left: boolean; readonly right: boolean };
  /**
   * Whether words stand on a line that they were not made for: added behind a word that the other side
   * moved to another line, before one that it moved, or joined to a comment.
   */
  readonly torn: boolean;
  /** Whether words of one line stand on several lines of a side, with new words between them. */
  readonly split: boolean;
  /** Fewest unchanged words between edits of different sides; Infinity when only one has any. */
  readonly separation: number;
  /** Whether a separator, or the end of a line, stands between edits of different sides. */
  readonly apart: boolean;
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
    for (const each of output) placed.push(each);
  }
  const joined = joinPlaced(placed, texts);
  if (joined === undefined) return undefined;
  const count = (kind: Region['kind']) => regions.filter((region) => region.kind === kind).length;
  return {
    ...joined,
    leftEdits: count('left') + count('both'),
    rightEdits: count('right') + count('both'),
    decided,
    ...meetingsOf(regions, texts),
    split: regions.some((region) => splits(region, texts)),
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
      return span(left, region.left).map((token, k) => ({
        ...{ token, left: region.left[0] + k },
        ...(k === 0 && replaces(region)
          ? { instead: { base: region.base[0], right: region.right[0] } }
          : {}),
      }));
    case 'right':
      return span(right, region.right).map((token, k) => ({
        ...{ token, right: region.right[0] + k },
        ...(k === 0 && replaces(region)
          ? { instead: { base: region.base[0], left: region.left[0] } }
          : {}),
      }));
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

const replaces = ({ base: [from, to] }: Region) => to > from;

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
