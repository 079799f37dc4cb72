import { tokenHelpers } from './git-credentials.ts';

/** An environment as Node has it. Passed in by the caller: only the configuration reads the real one. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What git and its transports need from us; everything else (our own secrets) stays with us. */
const passed = new Set([
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'TMPDIR',
  'XDG_CONFIG_HOME',
  'SUDO_UID',
  'SSH_AUTH_SOCK',
  'GIT_SSH',
  'GIT_SSH_COMMAND',
  'GIT_ASKPASS',
  'GIT_CONFIG_GLOBAL',
  'GIT_SSL_CAINFO',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
]);
const proxy = /^(https?|all|no)_proxy$/i;
/** Configuration in variables, as git itself reads it; what we set on its command line outranks it. */
const configuration = /^GIT_CONFIG_(?:COUNT|(?:KEY|VALUE)_\d+)$/;

/**
 * The environment of every git process: never asks, never translates, only known transports. What its
 * credential helpers and `GIT_ASKPASS` read beside is named in `AURORA_GIT_ENV`, with commas in between.
 */
export function gitEnvironment(source: Environment): Record<string, string> {
  const named = new Set(source['AURORA_GIT_ENV']?.split(','));
  const isPassed = (name: string) =>
    passed.has(name) || proxy.test(name) || configuration.test(name) || named.has(name);
  const environment: Record<string, string> = {};
  for (const [name, value] of Object.entries(source)) {
    if (value !== undefined && isPassed(name)) environment[name] = value;
  }
  return {
    ...environment,
    ...tokenHelpers(source),
    LC_ALL: 'C',
    GIT_TERMINAL_PROMPT: '0',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_ALLOW_PROTOCOL: 'file:git:http:https:ssh',
  };
}
