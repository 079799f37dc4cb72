import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { FastifyAdapter } from '@bull-board/fastify';
import type { FastifyInstance } from 'fastify';
import type { BoardQueue } from './http-deps.ts';
import { allowInlineStyle } from './security-headers.ts';

/** Bull Board under the prefix that the plugin is registered with. */
export function addBullBoard(queues: readonly BoardQueue[]) {
  return async (app: FastifyInstance): Promise<void> => {
    allowInlineStyle(app);
    // Bull Board's adapter answers with its own JSON, which has no zod schema.
    app.setSerializerCompiler(() => JSON.stringify);
    const board = new FastifyAdapter();
    createBullBoard({
      // Bull Board knows queues by name; those of the first shard keep theirs.
      queues: queues.map(
        ({ queue, shard }) =>
          new BullMQAdapter(queue, shard === 0 ? {} : { prefix: `shard-${shard} ` }),
      ),
      // @bull-board/fastify pins its own patch release of the API, whose classes are others to TypeScript.
      serverAdapter: board,
      options: { uiConfig: { boardTitle: 'Aurora queues', hideRedisDetails: false } },
    });
    board.setBasePath(app.prefix);
    await app.register(board.registerPlugin());
  };
}
