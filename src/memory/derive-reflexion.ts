import type { AttemptFailure, FailureClass } from '../domain/failure.ts';
import type { Task } from '../domain/task.ts';
import { mostTelling, tellingLines } from './telling-lines.ts';

/** An agent's own words on why it failed, as an executor reports them. */
export interface ExecutorReflexion {
  readonly originalApproach: string;
  readonly failureReason: string;
  readonly improvedApproach: string;
  readonly tags?: readonly string[] | undefined;
}

export interface FailedAttempt {
  readonly task: Pick<Task, 'title' | 'prompt' | 'role' | 'verify' | 'capabilities'>;
  readonly failure: AttemptFailure;
  readonly executorReflexion?: ExecutorReflexion | undefined;
  /** What the executor says it did. */
  readonly summary?: string | undefined;
}

/**
 * What a failed attempt teaches. The executor's own words where it gave some; else by rule: the
 * failure's class and the telling lines of its evidence, and what those ask for. Pure.
 */
export function deriveReflexion(attempt: FailedAttempt): Required<ExecutorReflexion> & {
  readonly tags: readonly string[];
} {
  const { task, failure, executorReflexion: own } = attempt;
  const lines = tellingLines(`${failure.message}\n${failure.evidence ?? ''}`);
  const tags = [
    ...new Set(
      [...(own?.tags ?? []), ...task.capabilities, ...errorTags(lines), failure.class]
        .map((tag) => tag.trim().toLowerCase())
        .filter((tag) => tag !== ''),
    ),
  ].slice(0, 50);
  if (own !== undefined) {
    const { originalApproach, failureReason, improvedApproach } = own;
    return { originalApproach, failureReason, improvedApproach, tags };
  }
  return {
    originalApproach: attempt.summary?.trim() || `Did "${task.title}" as its prompt says.`,
    failureReason: [`${reasons[failure.class]}: ${failure.message}`, ...evidenceOf(lines, failure)]
      .join('\n')
      .slice(0, 4_000),
    improvedApproach: improve(task, failure, lines).slice(0, 4_000),
    tags,
  };
}

const reasons: Readonly<Record<FailureClass, string>> = {
  verify: 'The check after the work was red',
  conflict: 'The work did not merge',
  timeout: 'The work ran out of time',
  deadline: 'It was not done in time',
  handoff: 'It could not be handed on',
  transient: 'A passing fault',
  'rate-limited': 'The other side asked to wait',
  unavailable: 'A service was away',
  permanent: 'The executor said that no retry can help',
  cancelled: 'The attempt was stopped',
  error: 'The executor failed',
  bug: 'Aurora itself failed',
};

/** The message is in the first line already. */
const evidenceOf = (lines: readonly string[], failure: AttemptFailure) =>
  lines.filter((line) => !failure.message.includes(line));

function improve(
  task: FailedAttempt['task'],
  failure: AttemptFailure,
  lines: readonly string[],
): string {
  const advice = [...new Set(lines.flatMap(adviceFor))].slice(0, 3);
  const worst = mostTelling(lines);
  const mend =
    advice.length > 0 ? advice.join(' ') : worst === undefined ? '' : `Mend this first: ${worst}`;
  switch (failure.class) {
    case 'verify': {
      const check = task.verify === undefined ? 'the check' : `\`${task.verify.join(' ')}\``;
      return `${mend} Before finishing, run ${check} and see it pass.`.trim();
    }
    case 'conflict':
      return `Start from the newest state of the integration branch, keep what others changed in the same places, and touch no file outside of the task. ${mend}`.trim();
    case 'timeout':
    case 'deadline':
      return 'Do the essential part first and in smaller steps; start nothing that waits for input or keeps running (servers, watchers) without ending it.';
    case 'transient':
    case 'rate-limited':
    case 'unavailable':
      return `The approach was not at fault: try the same again, with fewer calls at once. ${mend}`.trim();
    case 'cancelled':
      return 'The approach was not at fault: try the same again.';
    case 'permanent':
    case 'handoff':
    case 'error':
    case 'bug':
      return mend || `Find out why it ended with: ${failure.message}`;
  }
}

/** Errors whose wording says what to do. */
const advices: readonly (readonly [RegExp, (match: RegExpExecArray) => string])[] = [
  // A broken rule that is written out is the instruction itself.
  [/^(?:.*?\b)?rule[\s:]+(.+)$/i, ([, rule]) => `Follow the rule: ${sentence(rule)}`],
  [
    /cannot find (?:module|package) ['"`]([^'"`]+)['"`]/i,
    ([, name]) => `Create or install \`${name}\` before it is imported, or correct the import.`,
  ],
  [
    /does not provide an export named ['"`]?([\w$]+)|['"`]([\w$]+)['"`] is not exported/i,
    ([, a, b]) => `Export \`${a ?? b}\` from the module that is imported.`,
  ],
  [
    /ENOENT.*?['"`]([^'"`]+)['"`]|no such file or directory[:,]? ?['"`]?([^\s'"`]+)?/i,
    ([, a, b]) =>
      `Make sure that ${(a ?? b) ? `\`${a ?? b}\`` : 'the file'} exists before it is used.`,
  ],
  [
    /\b([\w$.]+) is not (defined|a function)/,
    ([, name, what]) =>
      what === 'defined'
        ? `Define or import \`${name}\` before it is used.`
        : `Check that \`${name}\` exists under this name and is a function.`,
  ],
  [
    /command not found:? ?([\w.-]+)?|([\w./-]+): (?:command )?not found/i,
    ([, a, b]) => `Use a program that is installed${(a ?? b) ? ` instead of \`${a ?? b}\`` : ''}.`,
  ],
  [/SyntaxError: (.+)/, ([, what]) => `Write files that parse: ${sentence(what)}`],
  [/error (TS\d+): (.+)/, ([, code, what]) => `Make it type-check (${code}): ${sentence(what)}`],
  [
    /expected (?:value )?(.{1,120}?),? (?:but )?(?:got|received|was|actual(?:ly)?:?) (.{1,120})/i,
    ([, expected, actual]) =>
      `The check expects ${expected?.trim()}, the work gave ${sentence(actual)}`,
  ],
  [
    /AssertionError(?: \[\w+\])?: (.{4,})/,
    ([, what]) => `Make this assertion hold: ${sentence(what)}`,
  ],
  [/\b(.{3,200}\b(?:must|should)\b.{3,200})/i, ([, what]) => `Heed: ${sentence(what)}`],
];

function adviceFor(line: string): string[] {
  for (const [pattern, advise] of advices) {
    const match = pattern.exec(line);
    if (match !== null) return [advise(match)];
  }
  return [];
}

/** Names of errors and rules, by which later failures of the kind find this lesson. */
function errorTags(lines: readonly string[]): string[] {
  const tags = new Set<string>();
  for (const line of lines) {
    for (const [name] of line.matchAll(/\b(?:[A-Z]\w*(?:Error|Exception)|TS\d{4}|E[A-Z]{4,})\b/g)) {
      tags.add(name);
    }
    const rule = /\brule[\s:]+["'`]?([a-z][\w/-]*-[\w/-]+)/i.exec(line)?.[1];
    if (rule !== undefined) tags.add(rule);
  }
  return [...tags].slice(0, 5);
}

function sentence(text: string | undefined): string {
  const trimmed = (text ?? '').trim().replace(/['",]+$/, '');
  return /[.!?]$/.test(trimmed) ? trimmed : `${trimmed}.`;
}
