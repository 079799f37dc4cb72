/** Where Redis is, as `REDIS_URL` says. */
export type RedisAddress =
  | { readonly kind: 'socket'; readonly path: string }
  | { readonly kind: 'single'; readonly url: string }
  | {
      readonly kind: 'cluster';
      /** Some of its nodes; they know the others. */
      readonly nodes: readonly { readonly host: string; readonly port: number }[];
      readonly username?: string;
      readonly password?: string;
      readonly tls: boolean;
    };

/**
 * Reads `redis://`, `rediss://` and `unix:/path`. Several hosts (`redis://a,b:7001,c`) or
 * `?cluster=true` mean a Redis Cluster.
 *
 * @returns undefined when it is none of these
 */
export function parseRedisAddress(address: string): RedisAddress | undefined {
  const parts = /^(rediss?):\/\/([^/?]*)(?:[/?].*)?$/.exec(address);
  if (parts === null) {
    const isSocket = URL.canParse(address) && new URL(address).protocol === 'unix:';
    return isSocket
      ? { kind: 'socket', path: decodeURIComponent(new URL(address).pathname) }
      : undefined;
  }
  const [, protocol, authority = ''] = parts;
  const at = authority.lastIndexOf('@') + 1;
  const hosts = authority.slice(at).split(',');
  const urls = hosts.map((host) => `${protocol}://${authority.slice(0, at)}${host}`);
  if (!urls.every((url) => URL.canParse(url))) return undefined;
  const [first] = urls.map((url) => new URL(url));
  const isCluster = hosts.length > 1 || /[?&]cluster=true(&|$)/.test(address);
  if (!isCluster || first === undefined) return { kind: 'single', url: address };
  return {
    kind: 'cluster',
    nodes: urls.map((url) => {
      const { hostname, port } = new URL(url);
      return { host: hostname || '127.0.0.1', port: Number(port || 6379) };
    }),
    ...(first.username === '' ? {} : { username: decodeURIComponent(first.username) }),
    ...(first.password === '' ? {} : { password: decodeURIComponent(first.password) }),
    tls: protocol === 'rediss',
  };
}
