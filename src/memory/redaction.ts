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

/** Tokens that begin with a prefix of their issuer's, followed by what is random. */
const prefixed: readonly (readonly [name: string, prefix: string, rest: string])[] = [
  ['age-key', 'AGE-SECRET-KEY-1', '[A-Z0-9]{50,}'],
  ['databricks-token', 'dapi', '[a-f0-9]{32}'],
  ['digitalocean-token', 'do[opr]_v1_', '[a-f0-9]{64}'],
  ['docker-token', 'dckr_(?:pat|oat)_', '[A-Za-z0-9_-]{20,}'],
  ['doppler-token', 'dp\\.(?:pt|st|ct|sa)\\.', '[A-Za-z0-9.]{40,}'],
  ['figma-token', 'figd_', '[A-Za-z0-9_-]{36,}'],
  ['gitlab-token', 'gl(?:ptt|dt|rt|cbt|soat|ft|imt|agent)-', '[A-Za-z0-9_-]{20,}'],
  ['google-oauth', 'GOCSPX-', '[A-Za-z0-9_-]{28}'],
  ['google-oauth', 'ya29\\.', '[A-Za-z0-9_-]{30,}'],
  ['grafana-token', 'gl(?:c|sa)_', '[A-Za-z0-9_+/=]{32,}'],
  ['groq-key', 'gsk_', '[A-Za-z0-9]{48,}'],
  ['huggingface-token', 'hf_', '[A-Za-z0-9]{34,}'],
  ['newrelic-key', 'NRAK-', '[A-Z0-9]{27}'],
  ['onepassword-token', 'ops_eyJ', '[A-Za-z0-9+/=_-]{200,}'],
  ['perplexity-key', 'pplx-', '[A-Za-z0-9]{40,}'],
  ['planetscale-token', 'pscale_(?:tkn|pw|oauth)_', '[A-Za-z0-9_.-]{32,}'],
  ['postman-key', 'PMAK-', '[a-f0-9]{24}-[a-f0-9]{34}'],
  ['pypi-token', 'pypi-AgEI', '[A-Za-z0-9_-]{50,}'],
  ['replicate-token', 'r8_', '[A-Za-z0-9]{37}'],
  ['rubygems-key', 'rubygems_', '[a-f0-9]{48}'],
  ['sentry-token', 'sntry[su]_', '[A-Za-z0-9+/=_]{40,}'],
  ['supabase-token', 'sb[a-z]{0,8}_', '[a-f0-9]{40}'],
  ['telegram-token', '', '\\d{8,10}:AA[A-Za-z0-9_-]{33}'],
  ['twilio-key', 'SK', '[a-f0-9]{32}'],
  ['vault-token', 'hv[sbr]\\.', '[A-Za-z0-9_-]{24,}'],
  ['xai-key', 'xai-', '[A-Za-z0-9]{60,}'],
];

const rules: readonly SecretRule[] = [
  ...secretRules,
  ...prefixed.map(([name, prefix, rest]) => ({
    name,
    pattern: new RegExp(`(?<![A-Za-z0-9_])${prefix}${rest}(?![A-Za-z0-9_])`, 'g'),
  })),
  {
    name: 'azure-key',
    pattern: /(?<before>\b(?:AccountKey|SharedAccessKey)=)[A-Za-z0-9+/]{40,90}={0,2}/g,
  },
  // A webhook's address is its secret.
  {
    name: 'webhook',
    pattern:
      /(?<before>https:\/\/(?:discord(?:app)?\.com\/api\/webhooks|[\w-]+\.webhook\.office\.com)\/)[\w@/-]{20,}/g,
  },
];

/**
 * Replaces secrets by `[redacted:<kind>]`. Only unmistakable forms are recognised: a false alarm
 * would silently damage a lesson.
 */
export function redactSecrets(text: string): string {
  let redacted = text;
  for (const { name, pattern } of rules) {
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
