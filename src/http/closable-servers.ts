import { createServer, type RequestListener, type Server } from 'node:http';
import type { Socket } from 'node:net';

/** Bytes of an address and the headers: a question of 100 kB fits. */
export const maxHeaderSize = 256 * 1024;

/** Makes node's servers for Fastify, which needs two of them for `localhost`. */
export interface ClosableServers {
  readonly create: (handler: RequestListener) => Server;
  /** Closes the connections over which nothing has been asked yet. */
  closeUnused(): void;
}

/**
 * Browsers connect ahead of their requests. To node such a connection is not idle, so a server that
 * closes would wait a minute for a request that never comes.
 */
export function closableServers(): ClosableServers {
  const unused = new Set<Socket>();
  return {
    create(handler) {
      // Longer than the proxies before us keep connections, so that it is they who close.
      const server = createServer({ keepAliveTimeout: 95_000, maxHeaderSize }, handler);
      server.on('connection', (socket) => {
        unused.add(socket);
        socket.once('close', () => unused.delete(socket));
      });
      server.on('request', ({ socket }) => unused.delete(socket));
      return server;
    },
    closeUnused() {
      for (const socket of unused) socket.destroy();
    },
  };
}
