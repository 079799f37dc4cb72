import { errorSignature } from '../domain/error-signature.ts';

/** What makes a line tell of a failure, and how much. */
const signals: readonly (readonly [RegExp, number])[] = [
  [/\b[A-Z]\w*(?:Error|Exception)\b(?: \[\w+\])?:/, 6],
  [/\berror(?: TS\d+)?\s*:/i, 5],
  [/\brules?\b.*\b(?:must|should|never|always|not|only|no)\b/i, 5],
  [/^\s*rule\b/i, 5],
  [/\bexpected\b.*\b(?:got|received|actual|but|to)\b/i, 5],
  [/^\s*(?:error|message|fatal|panic|assert\w*)\b/i, 4],
  [/^\s*[-+]?\s*(?:expected|actual|received)\b/i, 4],
  [
    /\b(?:cannot find|not found|no such file|is not defined|is not a function|undefined reference|permission denied|connection refused|not exported|does not exist|does not match|violat\w+|forbidden|unexpected token)\b/i,
    4,
  ],
  [/\b(?:CONFLICT|fatal|panicked)\b/, 4],
  [/(?:^|\s)[✖✗×]\s|^\s*not ok\b|^\s*FAIL(?:ED)?\b/, 3],
  [/\S (?:!==?|===?) \S/, 3],
  [/\b(?:must|should)\b/i, 2],
  [/\b(?:fail(?:ed|s|ure)?|missing|invalid|denied|refused|timed out|timeout|unexpected)\b/i, 2],
];

/** Lines that accompany every failure and tell nothing of this one. */
const noise: readonly RegExp[] = [
  /^\s*at\s+\S+/,
  /^\s*(?:ℹ|#)\s*(?:tests|suites|pass|fail|cancelled|skipped|todo|duration_ms)\b/,
  /^\s*(?:duration_ms|type|location|failureType|code|name|operator|stack|generatedMessage):/,
  /^\s*npm (?:err|warn|notice|error)!?/i,
  /^\s*(?:✖|✗|×)?\s*failing tests:?\s*$/i,
  /^\s*test at \S+$/,
  /^\s*(?:---|\.\.\.|TAP version|1\.\.\d+)/,
  /^\s*[{}[\](),;^~|-]*\s*$/,
  /\b0 (?:errors|failures|failed)\b/,
  /^\s*node:/,
  /^\s*Node\.js v\d/,
];

const longest = 300;

const ansi = /\u001b\[[0-?]*[ -/]*[@-~]/g;

/**
 * The lines of an output that say what went wrong, in their order, without repetitions: assertions,
 * broken rules, errors; not stack frames and summaries. Where no line tells, the last ones.
 */
export function tellingLines(output: string, limit = 6): string[] {
  const seen = new Set<string>();
  const lines = output
    .replace(ansi, '')
    .split(/\r?\n|\r/)
    .map((line, at) => ({ at, text: line.trim().slice(0, longest), score: scoreOf(line) }))
    .filter(({ text }) => {
      if (text === '' || noise.some((pattern) => pattern.test(text))) return false;
      const signature = errorSignature(text);
      return !seen.has(signature) && seen.add(signature);
    });
  const telling = lines.filter(({ score }) => score > 0);
  // Only digits, a path or an id: nothing told, so the end of the output has to serve.
  if (telling.length === 0) return lines.slice(-3).map(({ text }) => text);
  const best = [...telling].sort((a, b) => b.score - a.score || a.at - b.at);
  return best
    .slice(0, limit)
    .sort((a, b) => a.at - b.at)
    .map(({ text }) => text);
}

/** The one line among them that says most; undefined when there is none. */
export function mostTelling(lines: readonly string[]): string | undefined {
  return [...lines].sort((a, b) => scoreOf(b) - scoreOf(a))[0];
}

function scoreOf(line: string): number {
  return signals.reduce((sum, [pattern, weight]) => (pattern.test(line) ? sum + weight : sum), 0);
}
