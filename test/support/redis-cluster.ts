import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';
import getPort from 'get-port';
import { waitFor } from './wait-for.ts';

/** A real Redis Cluster of three nodes on loopback. */
export async function startRedisCluster(
  folder: string,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const ports: number[] = [];
  // The nodes talk to each other on the port that is 10,000 higher. Both lie below the ports that the
  // system gives to outgoing connections: one of those that many suites open could take it.
  while (ports.length < 3) {
    const port = 10_000 + Math.floor(Math.random() * 12_000);
    const both = [port, port + 10_000];
    const free = await Promise.all(both.map((wanted) => getPort({ port: wanted })));
    if (free.every((each, index) => each === both[index])) ports.push(port);
  }
  const nodes = ports.map((port): ChildProcess => {
    const directory = path.join(folder, String(port));
    mkdirSync(directory, { recursive: true });
    return spawn(
      'redis-server',
      [
        ...['--port', String(port), '--bind', '127.0.0.1', '--dir', directory],
        ...['--cluster-enabled', 'yes', '--save', '', '--appendonly', 'no'],
      ],
      { stdio: 'ignore' },
    );
  });
  const addresses = ports.map((port) => `127.0.0.1:${port}`);
  await everyNode(ports, async (node) => (await node.ping()) === 'PONG');
  await promisify(execFile)('redis-cli', ['--cluster', 'create', ...addresses, '--cluster-yes']);
  // redis-cli waits until the nodes agree on the slots. A node that has seen too few of the others in
  // the meantime refuses every command for up to five seconds more.
  await everyNode(ports, async (node) =>
    String(await node.cluster('INFO')).includes('cluster_state:ok'),
  );
  return {
    url: `redis://${addresses.join(',')}`,
    async close() {
      await Promise.all(
        nodes.map(
          (node) =>
            new Promise((resolve) => {
              node.once('exit', resolve);
              node.kill('SIGKILL');
            }),
        ),
      );
    },
  };
}

async function everyNode(
  ports: readonly number[],
  isReady: (node: Redis) => Promise<boolean>,
): Promise<void> {
  for (const port of ports) {
    const node = new Redis({ port, retryStrategy: () => 100 });
    node.on('error', () => undefined);
    await waitFor(() => isReady(node).catch(() => false));
    node.disconnect();
  }
}
