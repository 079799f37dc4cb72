import { mapStrings } from './clean-text.ts';
import { redactSecrets } from './redaction.ts';

/** No secret that a rule knows is shorter. */
const shortest = 16;

/** Loaded when something is stored for the first time: it takes 100 ms. */
let scanner: Promise<(text: string) => Promise<readonly Finding[]>> | undefined;

interface Finding {
  readonly kind: string;
  readonly range: readonly [number, number];
}

async function openScanner() {
  const [{ lintSource }, { creator: rule }, { secretLintProfiler }] = await Promise.all([
    import('@secretlint/core'),
    import('@secretlint/secretlint-rule-preset-recommend'),
    import('@secretlint/profiler'),
  ]);
  // Made for one run of a command: it keeps every mark for ever, and searches all of them at each one.
  secretLintProfiler.mark = () => undefined;
  const id = '@secretlint/secretlint-rule-preset-recommend';
  return async (text: string): Promise<readonly Finding[]> => {
    const { messages } = await lintSource({
      source: { filePath: 'memory.txt', content: text, ext: '.txt', contentType: 'text' },
      options: { noPhysicFilePath: true, config: { rules: [{ id, rule }] } },
    });
    return messages.map(({ ruleId, range }) => ({
      kind: ruleId.replace(/^@secretlint\/secretlint-rule-/, ''),
      range,
    }));
  };
}

/**
 * {@link redactSecrets}, and then whatever secretlint's recommended rules know beside it: they are kept
 * up to date with the forms of tokens by others.
 */
export async function scanSecrets(text: string): Promise<string> {
  let redacted = redactSecrets(text);
  if (redacted.length < shortest) return redacted;
  const scan = await (scanner ??= openScanner());
  const findings = [...(await scan(redacted))].sort((a, b) => b.range[1] - a.range[1]);
  let end = Infinity;
  // From the end, so that the places of the others stay right; an overlap is one secret.
  for (const { kind, range } of findings) {
    const [from, to] = [range[0], Math.min(range[1], end)];
    if (from >= to) continue;
    // An address whose password is out already holds no secret any more.
    if (redacted.slice(from, to).includes('[redacted:')) continue;
    redacted = `${redacted.slice(0, from)}[redacted:${kind}]${redacted.slice(to)}`;
    end = from;
  }
  return redacted;
}

/** {@link scanSecrets} for every string in a JSON value; each different one is looked at once. */
export async function scanSecretsIn<T>(value: T): Promise<T> {
  const texts = new Set<string>();
  mapStrings(value, (text) => (texts.add(text), text));
  const scanned = new Map<string, string>();
  for (const text of texts) scanned.set(text, await scanSecrets(text));
  return mapStrings(value, (text) => scanned.get(text) as string) as T;
}
