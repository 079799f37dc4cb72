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

/** The environment of every git process: never asks, never translates, only known transports. */
export function gitEnvironment(source: Environment): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const [name, value] of Object.entries(source)) {
    if (value !== undefined && (passed.has(name) || proxy.test(name))) environment[name] = value;
  }
  return {
    ...environment,
    LC_ALL: 'C',
    GIT_TERMINAL_PROMPT: '0',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_ALLOW_PROTOCOL: 'file:git:http:https:ssh',
  };
}
