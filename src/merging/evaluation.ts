import { mergeFile, type FileVersions } from './merge-file.ts';

export interface EvaluationCase extends FileVersions {
  readonly name: string;
  /** What the developers made of it. */
  readonly expected: string;
}

interface ResolverScore {
  exact: number;
  wrong: number;
  left: number;
}

export interface MergeEvaluation {
  readonly cases: number;
  /** Files without a conflict left; each is either exact or wrong. */
  readonly resolved: number;
  /** The same as expected, white space at line ends and at the end aside. */
  readonly exact: number;
  readonly wrong: number;
  readonly left: number;
  /** Each case once, under the resolver that was least sure of its part. */
  readonly byResolver: Readonly<Record<string, Readonly<ResolverScore>>>;
}

/** Compares what the resolvers do alone, without a model or a test, with what developers did. */
export function evaluateMerges(
  cases: Iterable<EvaluationCase>,
  onCase: (name: string, outcome: keyof ResolverScore, resolver: string) => void = () => {},
): MergeEvaluation {
  const byResolver: Record<string, ResolverScore> = {};
  const total: ResolverScore = { exact: 0, wrong: 0, left: 0 };
  for (const { name, expected, ...versions } of cases) {
    const merge = mergeFile(versions);
    const [weakest] = merge.conflicts.toSorted((a, b) => a.confidence - b.confidence);
    const resolver = weakest === undefined ? 'clean' : (weakest.resolver ?? 'none');
    const isExact = comparable(merge.text) === comparable(expected);
    const outcome = !merge.resolved ? 'left' : isExact ? 'exact' : 'wrong';
    const score = (byResolver[resolver] ??= { exact: 0, wrong: 0, left: 0 });
    score[outcome]++;
    total[outcome]++;
    onCase(name, outcome, resolver);
  }
  const resolved = total.exact + total.wrong;
  return { cases: resolved + total.left, resolved, ...total, byResolver };
}

const comparable = (text: string) => text.replace(/[ \t\r]+$/gm, '').trimEnd();
