import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AuroraError } from '../domain/errors.ts';

export type RepositoryLocation =
  | { readonly kind: 'path'; readonly path: string }
  | {
      readonly kind: 'url';
      /** Without user name and password, except the user name of ssh. */
      readonly url: string;
      readonly hadCredentials: boolean;
    };

const schemes = new Set(['http:', 'https:', 'ssh:', 'git:']);
const scpLike = /^[A-Za-z0-9_][\w.-]*@[A-Za-z0-9][\w.-]*:[^\s:-][^\s]*$/;

/**
 * Reads what a user gave as a repository. Only transports that cannot run a program are allowed:
 * path, file, http, https, ssh, `git@host:path` and git.
 *
 * @throws AuroraError `repository-invalid`
 */
export function parseRepositoryLocation(given: string): RepositoryLocation {
  const text = given.trim();

  if (text === '' || /[\u0000-\u001f\u007f]/.test(text)) {
    throw invalid(given, 'it is empty or holds control characters; give a path or a URL');
  }
  if (text.startsWith('-')) {
    throw invalid(given, 'it starts with "-"; write ./ before the name of such a folder');
  }
  if (/^[a-z][a-z0-9+.-]*::/i.test(text)) {
    throw invalid(given, 'transports of the form name:: can run programs and are not allowed');
  }
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return parseUrl(given, text);
  if (scpLike.test(text)) return { kind: 'url', url: text, hadCredentials: false };
  return { kind: 'path', path: resolve(text) };
}

function parseUrl(given: string, text: string): RepositoryLocation {
  let url: URL;
  try {
    url = new URL(text);
    if (url.protocol === 'file:') return { kind: 'path', path: fileURLToPath(url) };
  } catch {
    throw invalid(given, 'it is not a valid URL');
  }
  if (!schemes.has(url.protocol)) {
    throw invalid(given, `"${url.protocol}//" is not one of file, http, https, ssh and git`);
  }
  if (url.hostname === '' || url.hostname.startsWith('-') || url.username.startsWith('-')) {
    throw invalid(given, 'its host or user name is not acceptable');
  }
  const keepsUser = url.protocol === 'ssh:';
  const hadCredentials = url.password !== '' || (url.username !== '' && !keepsUser);
  url.password = '';
  if (!keepsUser) url.username = '';
  return { kind: 'url', url: url.href, hadCredentials };
}

/** The error for a repository that cannot be worked on. */
export function invalid(given: string, why: string, cause?: unknown): AuroraError {
  const shown = given.replace(/\/\/[^\s/@]*@/, '//***@').slice(0, 300);
  return new AuroraError(
    'repository-invalid',
    `The repository "${shown}" cannot be used: ${why}.`,
    cause === undefined ? {} : { cause },
  );
}
