import { createHash } from 'node:crypto';
import { appendLines } from './append-lines.ts';
import { isCommaSeparated, survivesCommas, withCommas, withoutCommas } from './comma-free.ts';
import { contradiction } from './checks.ts';
import type { Conflict, Resolution } from './conflict.ts';
import { packageManagerOf } from './lock-files.ts';
import { isReformat } from './reformat.ts';
import { resolvers } from './resolvers/index.ts';
import { threeWay } from './three-way.ts';

export interface FileVersions {
  /** Where the file lies in its repository; its name says what it holds. */
  readonly path: string;
  readonly base: string;
  readonly left: string;
  readonly right: string;
}

/** How one conflict ended. */
export interface ConflictReport {
  /** First line of the place in the merged text, from 1. */
  readonly line: number;
  /** Who had the best idea; null when nobody had one. */
  readonly resolver: string | null;
  readonly confidence: number;
  readonly resolved: boolean;
  /** The same for the same conflict, wherever it is met again; layout aside. */
  readonly key: string;
  /** What it became, or would have become by the best idea. */
  readonly lines: readonly string[];
}

export interface FileMerge {
  /** The merged text, with conflict markers where a conflict is left. */
  readonly text: string;
  readonly conflicts: readonly ConflictReport[];
  readonly resolved: boolean;
  /** Why a merge that every resolver was sure of is not trusted. */
  readonly doubt?: string;
}

/** The confidence from which a resolution needs no test to stand on. */
export const sure = 0.9;

export interface MergeOptions {
  /** The least confidence that is acted on; `sure` when not given. */
  readonly threshold?: number;
  /** Resolutions that stood a check before, by the key of their conflict. */
  readonly remembered?: ReadonlyMap<string, readonly string[]>;
  readonly labels?: { readonly left: string; readonly base: string; readonly right: string };
}

type Lines = readonly string[];

interface Attempt {
  readonly lines: Lines;
  readonly conflicts: readonly ConflictReport[];
  readonly resolved: boolean;
  readonly doubt?: string | undefined;
}

/**
 * Merges three versions of a text and resolves what conflicts, as far as that is sure, without a
 * model. What is left is written with conflict markers; so is everything that conflicted, when the
 * merge as a whole fails a check.
 */
export function mergeFile(versions: FileVersions, options: MergeOptions = {}): FileMerge {
  const { path } = versions;
  const texts = [versions.base, versions.left, versions.right];
  const crlf = texts.map(isCrlf);
  const [base, left, right] = texts.map((text, index) =>
    linesOf(text, crlf[index] as boolean),
  ) as unknown as [Lines, Lines, Lines];
  const eol = (crlf[1] === crlf[0] ? crlf[2] : crlf[1]) ? '\r\n' : '\n';

  let attempt = tryLines(path, [base, left, right], options);
  if (!attempt.resolved && isCommaSeparated(path)) {
    attempt = tryWithoutCommas(path, [base, left, right], options) ?? attempt;
  }
  if (attempt.doubt !== undefined) {
    const { doubt } = attempt;
    attempt = { ...resolveLines(path, [base, left, right], { ...options, threshold: 2 }), doubt };
  }
  const { lines, conflicts, resolved, doubt } = attempt;
  return { text: lines.join(eol), conflicts, resolved, ...(doubt === undefined ? {} : { doubt }) };
}

function tryLines(path: string, versions: [Lines, Lines, Lines], options: MergeOptions): Attempt {
  const attempt = resolveLines(path, versions, options);
  if (!attempt.resolved || attempt.conflicts.length === 0) return attempt;
  return checked(path, versions, attempt);
}

function tryWithoutCommas(
  path: string,
  versions: [Lines, Lines, Lines],
  options: MergeOptions,
): Attempt | undefined {
  if (!versions.every(survivesCommas)) return undefined;
  const bare = versions.map(withoutCommas) as [Lines, Lines, Lines];
  const attempt = resolveLines(path, bare, options);
  if (!attempt.resolved) return undefined;
  const [key, lines] = [conflictKey(path, versions), []];
  const whole = { line: 1, resolver: 'commas', confidence: 0.95, resolved: true, key, lines };
  const conflicts = attempt.conflicts.length === 0 ? [whole] : attempt.conflicts;
  const merged = { ...attempt, conflicts, lines: withCommas(attempt.lines) };
  const outcome = checked(path, versions, merged);
  return outcome.resolved ? outcome : undefined;
}

function checked(path: string, versions: readonly Lines[], attempt: Attempt): Attempt {
  const texts = versions.map((lines) => lines.join('\n'));
  const manager = packageManagerOf(path, texts.join('\n'));
  const doubt =
    manager === undefined
      ? contradiction(path, texts, attempt.lines.join('\n'))
      : `it is made again by \`${manager.command.join(' ')}\``;
  return doubt === undefined ? attempt : { ...attempt, resolved: false, doubt };
}

const isCrlf = (text: string) => text.includes('\r\n') && !/(^|[^\r])\n/.test(text);

const linesOf = (text: string, crlf: boolean) => text.split(crlf ? '\r\n' : '\n');

function resolveLines(
  path: string,
  [base, left, right]: [Lines, Lines, Lines],
  options: MergeOptions,
): Attempt {
  const { threshold = sure, labels = { left: 'left', base: 'base', right: 'right' } } = options;
  const regions = threeWay(base, left, right);
  const conflicts = regions.some(({ kind }) => kind === 'conflict');
  const reformatted = {
    left: conflicts && isReformat(regions, base, left, 'left'),
    right: conflicts && isReformat(regions, base, right, 'right'),
  };
  const lines: string[] = [];
  const reports: ConflictReport[] = [];
  let clean = 0;
  for (const [index, region] of regions.entries()) {
    switch (region.kind) {
      case 'unchanged':
      case 'left':
      case 'both':
        appendLines(lines, left.slice(...region.left));
        break;
      case 'right':
        appendLines(lines, right.slice(...region.right));
        break;
      case 'conflict': {
        const next = regions[index + 1];
        const conflict: Conflict = {
          path,
          base: base.slice(...region.base),
          left: left.slice(...region.left),
          right: right.slice(...region.right),
          before: lines.slice(clean),
          after: next === undefined ? [] : base.slice(...next.base),
          reformatted,
        };
        const key = conflictKey(path, [conflict.base, conflict.left, conflict.right]);
        const known = options.remembered?.get(key);
        const best =
          known === undefined
            ? bestOf(conflict)
            : { resolver: 'memory', confidence: 0.97, lines: known };
        const resolved = best !== undefined && best.confidence >= threshold;
        reports.push({
          line: lines.length + 1,
          resolver: best?.resolver ?? null,
          confidence: best?.confidence ?? 0,
          resolved,
          key,
          lines: best?.lines ?? [],
        });
        if (resolved) appendLines(lines, best.lines);
        else {
          lines.push(`<<<<<<< ${labels.left}`);
          appendLines(lines, conflict.left);
          lines.push(`||||||| ${labels.base}`);
          appendLines(lines, conflict.base);
          lines.push('=======');
          appendLines(lines, conflict.right);
          lines.push(`>>>>>>> ${labels.right}`);
          clean = lines.length;
        }
      }
    }
  }
  return { lines, conflicts: reports, resolved: reports.every((each) => each.resolved) };
}

function conflictKey(path: string, versions: readonly Lines[]): string {
  const kind = /\.\w+$/.exec(path)?.[0] ?? path;
  const words = versions.map((lines) => lines.map((line) => line.trim().replace(/\s+/g, ' ')));
  return createHash('sha256')
    .update(JSON.stringify([kind, words]))
    .digest('hex');
}

/** What contradiction between two resolvers that are each sure leaves of their confidence. */
const disputed = 0.8;

function bestOf(conflict: Conflict): (Resolution & { readonly resolver: string }) | undefined {
  let best: (Resolution & { readonly resolver: string }) | undefined;
  let isDisputed = false;
  for (const { name, resolve } of resolvers) {
    const resolution = resolve(conflict);
    if (resolution === undefined) continue;
    const isSure = Math.min(resolution.confidence, best?.confidence ?? 0) >= sure;
    if (isSure && resolution.lines.join('\n') !== best?.lines.join('\n')) isDisputed = true;
    if (best === undefined || resolution.confidence > best.confidence) {
      best = { ...resolution, resolver: name };
    }
  }
  if (best === undefined || !isDisputed) return best;
  return { ...best, confidence: Math.min(best.confidence, disputed) };
}
