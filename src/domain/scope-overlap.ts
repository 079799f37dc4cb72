/** Globs as plan files write them: `*` within a folder, `**` across folders, `?` one character. */
type Token = string;

function tokens(glob: string): Token[] {
  return glob.match(/\*\*\/?|[\s\S]/g) ?? [];
}

const isGlobstar = (token: Token | undefined): boolean => token?.startsWith('**') === true;
const isStar = (token: Token | undefined): boolean => token === '*' || isGlobstar(token);

/**
 * Whether some path matches both globs. Walks the two patterns side by side (the product of two
 * automata), in time proportional to the product of their lengths.
 */
export function globsOverlap(one: string, other: string): boolean {
  const [a, b] = [tokens(one), tokens(other)];
  const seen = new Set<number>();
  const meet = (i: number, j: number): boolean => {
    const key = i * (b.length + 1) + j;
    if (seen.has(key)) return false;
    seen.add(key);
    if (i === a.length && j === b.length) return true;
    const [x, y] = [a[i], b[j]];
    // A star matches nothing, or takes one character of what the other pattern says.
    if (isStar(x) && meet(i + 1, j)) return true;
    if (isStar(y) && meet(i, j + 1)) return true;
    if (x === undefined || y === undefined) return false;
    if (isStar(x) && isStar(y)) return false;
    if (isStar(x)) return takes(x, y) && meet(i, j + 1);
    if (isStar(y)) return takes(y, x) && meet(i + 1, j);
    const same = x === y || (x === '?' && y !== '/') || (y === '?' && x !== '/');
    return same && meet(i + 1, j + 1);
  };
  return meet(0, 0);
}

/** Whether a scope covers a file; an open scope covers none. */
export function isWithin(scope: readonly string[], file: string): boolean {
  return firstWithin(scope, [file]) !== undefined;
}

/** The first of some files that one of the globs covers. */
export function firstWithin(
  scope: readonly string[],
  files: readonly string[],
): string | undefined {
  for (const glob of scope) {
    // Before its first wildcard and behind its last one a glob is plain text, which is compared at once.
    const plain = glob.split(/\*\*\/?|[*?]/);
    const [start, end] = [plain[0] ?? '', plain.at(-1) ?? ''];
    const found = files.find(
      (file) => file.startsWith(start) && file.endsWith(end) && globsOverlap(glob, file),
    );
    if (found !== undefined) return found;
  }
  return undefined;
}

const takes = (star: Token, character: Token): boolean => isGlobstar(star) || character !== '/';

export interface ScopeOverlap {
  readonly tasks: readonly [string, string];
  /** A glob of each that some path matches both. */
  readonly globs: readonly [string, string];
}

/** The overlap of two scopes; undefined when no file is in both, or one of them is open. */
export function scopesOverlap(
  one: readonly string[],
  other: readonly string[],
): readonly [string, string] | undefined {
  for (const a of one) {
    const b = other.find((glob) => globsOverlap(a, glob));
    if (b !== undefined) return [a, b];
  }
  return undefined;
}
