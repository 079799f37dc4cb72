import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { scanSecrets } from '../../src/memory/scan-secrets.ts';

/** Characters of a kind, the same each time, made here so that no scanner takes this file for a leak. */
function random(alphabet: 'hex' | 'letters' | 'upper' | 'digits', length: number, seed: string) {
  const of = {
    hex: '0123456789abcdef',
    letters: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789',
    upper: 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567',
    digits: '0123456789',
  }[alphabet];
  let text = '';
  for (let i = 0; text.length < length; i++) {
    for (const byte of createHash('sha256').update(`${seed}${i}`).digest())
      text += of[byte % of.length];
  }
  return text.slice(0, length);
}
const key = (prefix: string, length: number, alphabet: Parameters<typeof random>[0] = 'letters') =>
  [prefix, random(alphabet, length, prefix)] as const;

const keys: readonly [name: string, prefix: string, rest: string, suffix?: string][] = [
  ['1Password', ...key('ops_eyJ', 300)],
  ['age', ...key('AGE-SECRET-KEY-1', 58, 'upper')],
  ['Anthropic', key('sk-ant-api03-', 93)[0], `${random('letters', 93, 'ant')}AA`],
  ['AWS', ...key('AKIA', 16, 'upper')],
  ['AWS secret', 'aws_secret_access_key = ', random('letters', 40, 'aws')],
  ['Azure', 'AccountName=a;AccountKey=', `${random('letters', 86, 'azure')}==`],
  ['Databricks', ...key('dapi', 32, 'hex')],
  ['DigitalOcean', ...key('dop_v1_', 64, 'hex')],
  [
    'Discord',
    'https://discord.com/api/webhooks/',
    `${random('digits', 18, 'd')}/${random('letters', 68, 'd')}`,
  ],
  ['Docker', ...key('dckr_pat_', 27)],
  ['Doppler', ...key('dp.pt.', 43)],
  ['Figma', ...key('figd_', 40)],
  ['GitHub', ...key('ghp_', 36)],
  ['GitHub app', ...key('ghs_', 36)],
  [
    'GitHub fine-grained',
    'github_pat_',
    `${random('letters', 22, 'g')}_${random('letters', 59, 'g')}`,
  ],
  ['GitLab', ...key('glpat-', 20)],
  ['GitLab runner', ...key('glrt-', 20)],
  ['Google', ...key('AIza', 35)],
  ['Google OAuth', ...key('GOCSPX-', 28)],
  ['Grafana', ...key('glsa_', 41)],
  ['Groq', ...key('gsk_', 52)],
  ['Hugging Face', ...key('hf_', 34)],
  ['Linear', ...key('lin_api_', 40)],
  ['MongoDB', 'mongodb+srv://app:', random('letters', 12, 'm'), '@cluster0.example.net/app'],
  ['New Relic', ...key('NRAK-', 27, 'upper')],
  ['npm', ...key('npm_', 36)],
  ['OpenAI', ...key('sk-proj-', 48)],
  ['OpenRouter', ...key('sk-or-v1-A', 63, 'hex')],
  ['Perplexity', ...key('pplx-', 48)],
  ['PlanetScale', ...key('pscale_tkn_', 43)],
  ['Postman', 'PMAK-', `${random('hex', 24, 'p')}-${random('hex', 34, 'p')}`],
  ['PyPI', ...key('pypi-AgEI', 150)],
  ['Replicate', ...key('r8_', 37)],
  ['RubyGems', ...key('rubygems_', 48, 'hex')],
  ['SendGrid', 'SG.', `${random('letters', 22, 's')}.${random('letters', 43, 's')}`],
  ['Sentry', ...key('sntryu_', 64, 'hex')],
  ['Shopify', ...key('shpat_', 32, 'hex')],
  [
    'Slack bot',
    'xoxb-',
    `${random('digits', 12, 'x')}-${random('digits', 13, 'x')}-${random('letters', 24, 'x')}`,
  ],
  [
    'Slack webhook',
    'https://hooks.slack.com/services/',
    `T${random('upper', 8, 't')}/B${random('upper', 8, 'b')}/${random('letters', 24, 'h')}`,
  ],
  ['Stripe', ...key('sk_live_', 24)],
  ['Stripe restricted', ...key('rk_live_', 24)],
  ['Supabase', ...key('sbp_', 40, 'hex')],
  ['Telegram', `${random('digits', 10, 'tg')}:AA`, random('letters', 33, 'tg')],
  ['Twilio', ...key('SK', 32, 'hex')],
  ['Vault', ...key('hvs.', 90)],
  ['xAI', ...key('xai-', 80)],
];

describe('scanSecrets', () => {
  it.each(keys)('takes out a key of %s', async (_name, prefix, rest, suffix = '') => {
    const secret = `${prefix}${rest}${suffix}`;
    for (const text of [secret, `It said: "${secret}". Use another one.`]) {
      const scanned = await scanSecrets(text);
      expect(scanned).toContain('[redacted:');
      // Whatever is left of it, its random part is not.
      for (let i = 0; i + 12 <= Math.min(rest.length, 40); i += 4) {
        expect(scanned).not.toContain(rest.slice(i, i + 12));
      }
      expect(await scanSecrets(scanned)).toBe(scanned);
    }
  });

  it.each([
    'Use Pydantic v2 model_validator for complex validation',
    'commit 3f786850e387550fdab836ed7e6dc881de23001b broke it, id 123e4567-e89b-12d3-a456-426614174000',
    'const password = options.password; the secret: keep functions small',
    'postgres://app:${PASSWORD}@db/app, postgres://localhost/app and https://example.org:8080/a@b',
    'Set GITHUB_TOKEN and AWS_SECRET_ACCESS_KEY in the environment, never in a file',
    'the sk-learn-pipeline-configuration branch; SKIP_TESTS; hf_hub_download; r8_shrink_rules',
    'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAUAAAAFCAYAAACNbyblAAAAHElEQVQI12P4',
    'sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==',
  ])('leaves alone: %s', async (text) => {
    expect(await scanSecrets(text)).toBe(text);
  });

  it('leaves no marks behind, of which a process that runs for weeks would have millions', async () => {
    await scanSecrets('A text that is long enough to be looked at');
    expect(performance.getEntriesByType('mark')).toEqual([]);
  });
});
