interface SecretRule {
  readonly name: string;
  readonly pattern: RegExp;
}

/**
 * Secrets that their own form gives away. A rule may keep context through the named groups
 * `before` and `after`; the rest of the match is replaced.
 */
const secretRules: readonly SecretRule[] = [
  {
    name: 'private-key',
    // Up to the end of the text when the end line was cut off: half a key is a secret too.
    pattern:
      /-----BEGIN (?:[A-Z0-9]+ ){0,4}PRIVATE KEY(?: BLOCK)?-----[\s\S]*?(?:-----END (?:[A-Z0-9]+ ){0,4}PRIVATE KEY(?: BLOCK)?-----|$)/g,
  },
  { name: 'aws-access-key', pattern: /\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}\b/g },
  {
    name: 'aws-secret-key',
    pattern:
      /(?<before>aws.{0,20}?(?:secret|key).{0,20}?[=:]\s*["']?)[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+])/gi,
  },
  { name: 'github-token', pattern: /\bgh[pousr]_[A-Za-z0-9]{36,255}\b/g },
  { name: 'github-token', pattern: /\bgithub_pat_[A-Za-z0-9_]{60,255}\b/g },
  { name: 'gitlab-token', pattern: /\bglpat-[A-Za-z0-9_-]{20,}/g },
  { name: 'anthropic-key', pattern: /\bsk-ant-[A-Za-z0-9_-]{20,}/g },
  { name: 'openai-key', pattern: /\bsk-(?=[\w-]*\d)(?=[\w-]*[A-Z])[\w-]{20,}/g },
  { name: 'google-key', pattern: /\bAIza[A-Za-z0-9_-]{35}/g },
  { name: 'stripe-key', pattern: /\b[rs]k_(?:live|test)_[A-Za-z0-9]{16,}\b/g },
  { name: 'npm-token', pattern: /\bnpm_[A-Za-z0-9]{36}\b/g },
  { name: 'slack-token', pattern: /\bxox[abeprs]-[A-Za-z0-9-]{10,}/g },
  { name: 'slack-token', pattern: /\bxapp-\d-[A-Za-z0-9-]{10,}/g },
  {
    name: 'slack-webhook',
    pattern: /(?<before>https:\/\/hooks\.slack\.com\/services\/)[A-Za-z0-9/]{20,}/g,
  },
  { name: 'jwt', pattern: /\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*/g },
  {
    name: 'authorization',
    pattern: /(?<before>\b(?:bearer|basic)\s+)(?=[^\s]*[0-9=])[A-Za-z0-9._~+/-]{16,}=*/gi,
  },
  {
    name: 'url-password',
    // Placeholders such as ${PASSWORD}, <password> or *** tell nothing.
    pattern:
      /(?<before>\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s/:@]{0,200}:)(?![$<*{])[^\s/@]{1,200}(?<after>@)/gi,
  },
  {
    name: 'assigned-secret',
    // A literal only: an identifier such as `password = options.password` has no digit or is dotted.
    pattern:
      /(?<before>\b[\w-]{0,40}(?:password|passwd|secret|api[_-]?key|access[_-]?token|auth[_-]?token)["']?\s*[=:]\s*)(?:"[^"\s$<{]{8,200}"|'[^'\s$<{]{8,200}'|(?=[^\s"';,]*\d)[A-Za-z0-9+/_~-]{12,200}(?![\w.(]))/gi,
  },
];

/**
 * Replaces secrets by `[redacted:<kind>]`. Only unmistakable forms are recognised: a false alarm
 * would silently damage a lesson.
 */
export function redactSecrets(text: string): string {
  let redacted = text;
  for (const { name, pattern } of secretRules) {
    redacted = redacted.replace(pattern, (...args: unknown[]) => {
      const groups = args.at(-1);
      const { before = '', after = '' } = (
        typeof groups === 'object' && groups !== null ? groups : {}
      ) as { before?: string; after?: string };
      return `${before}[redacted:${name}]${after}`;
    });
  }
  return redacted;
}
