import { serveStdio } from '@modelcontextprotocol/server/stdio';
import type { Command } from 'commander';
import { once } from 'node:events';
import { operatorServer } from '../../http/mcp/mcp-server.ts';
import { apiDeps } from '../../runtime/api-deps.ts';
import { withServices } from '../with-services.ts';

const help = `
For programs that start their servers of the Model Context Protocol themselves; those that connect
to one find the same tools at <the address of aurora up>/mcp. Logs go to stderr.

Example:
  claude mcp add aurora -- aurora mcp`;

/** The tools of the Model Context Protocol on stdin and stdout, until stdin ends. */
export function defineMcp(command: Command): void {
  command
    .option('--json', 'for errors before it serves; what it speaks is JSON in any case')
    .addHelpText('after', help)
    .action((options: { json?: boolean }) =>
      withServices(options, async (services, maestro, { log }, signal) => {
        const deps = apiDeps(services, maestro);
        const ended = Promise.race([
          once(process.stdin, 'end'),
          once(process.stdin, 'close'),
          once(signal, 'abort'),
        ]);
        const served = serveStdio(() => operatorServer(deps), {
          onerror: (error) => log.warn({ err: error }, 'a message could not be taken'),
        });
        await ended;
        await served.close();
      }),
    );
}
