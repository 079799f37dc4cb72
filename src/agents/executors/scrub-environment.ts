/** What any program needs to run at all, to find its files and to reach the network. */
const inherited = new Set([
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'SHELL',
  'TERM',
  'TZ',
  'LANG',
  'LANGUAGE',
  'TMPDIR',
  'XDG_CACHE_HOME',
  'XDG_CONFIG_HOME',
  'XDG_DATA_HOME',
  'NODE_EXTRA_CA_CERTS',
  'SSL_CERT_DIR',
  'SSL_CERT_FILE',
]);
const patterns = /^(?:LC_[A-Z]+|(?:https?|all|no)_proxy)$/i;

/**
 * The part of our environment that an agent may see: the basics and what its configuration names.
 * Left out on purpose: our database and queue URLs, and NODE_ENV and NODE_OPTIONS, which are about
 * this process (with NODE_ENV=production an agent's `npm ci` would leave out test tools).
 *
 * @param allowed further names, the agent's `env`
 */
export function scrubEnvironment(
  source: Readonly<Record<string, string | undefined>>,
  allowed: readonly string[],
): Record<string, string> {
  const names = new Set(allowed);
  return Object.fromEntries(
    Object.entries(source).filter(
      (entry): entry is [string, string] =>
        entry[1] !== undefined &&
        (inherited.has(entry[0]) || patterns.test(entry[0]) || names.has(entry[0])),
    ),
  );
}
