import { expect, test } from 'vitest';
import { parseRepositoryLocation } from '../../src/git/repository-url.ts';

test.each([
  ['https://example.org/a.git', 'https://example.org/a.git', false],
  ['https://ada:s3cret@example.org/a.git', 'https://example.org/a.git', true],
  ['https://ghp_token@example.org/a.git', 'https://example.org/a.git', true],
  ['ssh://git@example.org/a.git', 'ssh://git@example.org/a.git', false],
  ['ssh://git:pw@example.org/a.git', 'ssh://git@example.org/a.git', true],
  ['git@example.org:ada/a.git', 'git@example.org:ada/a.git', false],
  ['git://example.org/a.git', 'git://example.org/a.git', false],
])('%s is a URL, kept without credentials', (given, url, hadCredentials) => {
  expect(parseRepositoryLocation(given)).toEqual({ kind: 'url', url, hadCredentials });
});

test.each([
  ['/srv/a', '/srv/a'],
  ['file:///srv/a%20b', '/srv/a b'],
  ['/srv/with:colon', '/srv/with:colon'],
])('%s is a path', (given, path) => {
  expect(parseRepositoryLocation(given)).toEqual({ kind: 'path', path });
});

test.each([
  '',
  '   ',
  '-u',
  '--upload-pack=touch /tmp/x',
  'ext::sh -c "touch /tmp/x"',
  'fd::17',
  'ftp://example.org/a',
  'javascript://x',
  'ssh://-oProxyCommand=touch/a',
  'https://',
  'file://other-host/a',
  'a\nb',
  'a\0b',
])('%j is refused', (given) => {
  expect(() => parseRepositoryLocation(given)).toThrow(
    expect.objectContaining({ code: 'repository-invalid' }),
  );
});

test('a refusal does not repeat credentials', () => {
  expect(() => parseRepositoryLocation('ftp://ada:s3cret@example.org/a')).toThrow(
    expect.objectContaining({ message: expect.not.stringContaining('s3cret') }),
  );
});
