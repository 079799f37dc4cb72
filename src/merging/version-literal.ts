const plain =
  /^(\d+(?:\.\d+)*)(?:[-.]?(snapshot|dev|alpha|beta|a|b|m|rc|cr|final|release|ga)[-.]?(\d*))?$/i;

/** Before the release of the same number, in this order; `final` and friends are the release. */
const stages = ['snapshot', 'dev', 'alpha', 'a', 'beta', 'b', 'm', 'rc', 'cr'];

/**
 * Compares two version numbers of common form (`1.4`, `2.0.0-SNAPSHOT`, `1.0rc2`).
 *
 * @returns negative, 0 or positive; undefined when one is not of that form (a fork's own suffix, say)
 */
function compareVersions(a: string, b: string): number | undefined {
  const first = plain.exec(a);
  const second = plain.exec(b);
  if (first === null || second === null) return undefined;
  const [x, y] = [first, second].map((match) => (match[1] as string).split('.').map(Number));
  for (let i = 0; i < Math.max(x?.length ?? 0, y?.length ?? 0); i++) {
    const difference = (x?.[i] ?? 0) - (y?.[i] ?? 0);
    if (difference !== 0) return difference;
  }
  const stage = (match: RegExpExecArray) => {
    const index = stages.indexOf((match[2] ?? '').toLowerCase());
    return index === -1 ? stages.length : index;
  };
  return stage(first) - stage(second) || Number(first[3] ?? 0) - Number(second[3] ?? 0);
}

const isPreRelease = (version: string) =>
  stages.includes((plain.exec(version)?.[2] ?? '').toLowerCase());

/**
 * Which of two successors of a version or of a year is the later one.
 *
 * @param isCounter whether a plain number is known to be a version too
 * @returns undefined when it is not clear that both went forward
 */
export function laterVersion(
  base: string,
  left: string,
  right: string,
  isCounter = false,
): 'left' | 'right' | undefined {
  const pattern = isCounter ? /^\d+/ : /^(\d+(\.\d+)+|(19|20)\d\d$)/;
  if (![base, left, right].every((each) => pattern.test(each))) return undefined;
  const order = compareVersions(left, right);
  const [leftUp, rightUp] = [compareVersions(left, base), compareVersions(right, base)];
  if (order === undefined || leftUp === undefined || rightUp === undefined) return undefined;
  if (leftUp <= 0 || rightUp <= 0) return undefined;
  const winner = order >= 0 ? 'left' : 'right';
  // A line of pre-releases does not follow the releases of another branch.
  const [later, earlier] = winner === 'left' ? [left, right] : [right, left];
  return isPreRelease(earlier) && !isPreRelease(later) ? undefined : winner;
}
