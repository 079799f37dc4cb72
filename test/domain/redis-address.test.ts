import { expect, test } from 'vitest';
import { parseRedisAddress } from '../../src/domain/redis-address.ts';

test('a socket, one server, and the nodes of a cluster', () => {
  expect(parseRedisAddress('unix:/run/a%20b.sock')).toEqual({
    kind: 'socket',
    path: '/run/a b.sock',
  });
  for (const url of ['redis://localhost', 'redis://:secret@db:7000/3', 'rediss://a?family=6']) {
    expect(parseRedisAddress(url)).toEqual({ kind: 'single', url });
  }
  expect(parseRedisAddress('redis://a,b:7001,[::1]:7002')).toEqual({
    kind: 'cluster',
    nodes: [
      { host: 'a', port: 6379 },
      { host: 'b', port: 7001 },
      { host: '[::1]', port: 7002 },
    ],
    tls: false,
  });
  expect(parseRedisAddress('rediss://me:p%40ss@a:7000?cluster=true')).toEqual({
    kind: 'cluster',
    nodes: [{ host: 'a', port: 7000 }],
    username: 'me',
    password: 'p@ss',
    tls: true,
  });
});

test.each(['localhost:6379', 'http://a', 'redis://a,b:x', 'redis://a b'])('%s is none', (url) => {
  expect(parseRedisAddress(url)).toBeUndefined();
});
