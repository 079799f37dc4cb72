/**
 * A process that opens a server of ours, says so in one line of JSON, and closes it when its standard
 * input ends. Tests start it to have a second process, or one to kill.
 *
 * usage: node --import tsx server-holder.ts postgres|redis DIR
 */
import { finished } from 'node:stream/promises';
import { openEmbeddedPostgres } from '../../src/storage/embedded-postgres/open-embedded-postgres.ts';
import { startRedisServer } from '../../src/storage/local-server/redis-server.ts';

const [kind, dir] = process.argv.slice(2);
if (dir === undefined) throw new Error('usage: server-holder.ts postgres|redis DIR');

const server =
  kind === 'redis'
    ? await startRedisServer({ dir, persistence: true })
    : await openEmbeddedPostgres({ dataDir: dir });
process.stdout.write(`${JSON.stringify(server)}\n`);
await finished(process.stdin.resume());
await server.close();
