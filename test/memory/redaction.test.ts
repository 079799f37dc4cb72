import { describe, expect, it } from 'vitest';
import { redactSecrets } from '../../src/memory/redaction.ts';

// Put together here, so that no scanner takes this file for a leak.
const join = (...parts: string[]) => parts.join('');
const alnum = 'a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8s9T0';

describe('redactSecrets', () => {
  it.each([
    ['aws-access-key', join('AKIA', 'IOSFODNN7EXAMPLE')],
    ['aws-secret-key', join('aws_secret_access_key = ', alnum.slice(0, 40))],
    ['github-token', join('ghp_', alnum.slice(0, 36))],
    ['github-token', join('github_pat_', alnum, '_', alnum)],
    ['gitlab-token', join('glpat-', alnum.slice(0, 20))],
    ['anthropic-key', join('sk-ant-api03-', alnum)],
    ['openai-key', join('sk-proj-', alnum)],
    ['openai-key', join('sk-', alnum)],
    ['google-key', join('AIza', alnum.slice(0, 35))],
    ['stripe-key', join('sk_live_', alnum.slice(0, 24))],
    ['npm-token', join('npm_', alnum.slice(0, 36))],
    ['slack-token', join('xoxb-', '123456789012-', alnum.slice(0, 24))],
    ['slack-webhook', join('https://hooks.slack.com/services/', 'T000/B000/', alnum.slice(0, 24))],
    ['jwt', join('eyJhbGciOiJIUzI1NiJ9', '.eyJzdWIiOiIxMjM0In0.', alnum)],
    ['authorization', join('Authorization: Bearer ', alnum)],
    ['url-password', 'postgres://app:s3cr3t!@db.example.org/app'],
    ['assigned-secret', 'DB_PASSWORD=hunter2hunter2'],
    [
      'assigned-secret',
      '"api_key": "correct horse battery"'.replaceAll(' h', 'h').replaceAll(' b', 'b'),
    ],
    [
      'private-key',
      join('-----BEGIN RSA ', 'PRIVATE KEY-----\nMIIEow\nabc\n-----END RSA PRIVATE KEY-----'),
    ],
    ['private-key', join('-----BEGIN OPENSSH ', 'PRIVATE KEY-----\nb3Blbn cut off')],
  ])('removes %s', (kind, secret) => {
    const redacted = redactSecrets(`before ${secret} after`);
    expect(redacted).toContain(`[redacted:${kind}]`);
    for (const part of ['hunter2', 's3cr3t', 'MIIEow', 'b3Blbn', alnum.slice(0, 16), 'battery']) {
      expect(redacted).not.toContain(part);
    }
    expect(redacted).toMatch(/^before /);
  });

  it.each([
    'Use Pydantic v2 model_validator for complex validation',
    'commit 3f786850e387550fdab836ed7e6dc881de23001b broke it',
    'id 123e4567-e89b-12d3-a456-426614174000',
    'const password = options.password; the secret: keep functions small',
    'password: string; apiKey: process.env.API_KEY2',
    'postgres://app:${PASSWORD}@db/app and https://example.org:8080/a@b',
    'the sk-learn-pipeline-configuration branch, task sk-implement-login-form',
    'basic authentication-is-not-enough, bearer authentication',
    'sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==',
  ])('leaves alone: %s', (text) => {
    expect(redactSecrets(text)).toBe(text);
  });

  it('is idempotent', () => {
    const once = redactSecrets(
      `token=${join('ghp_', alnum.slice(0, 36))} at https://u:p4ssw0rd@h/x`,
    );
    expect(redactSecrets(once)).toBe(once);
  });
});
