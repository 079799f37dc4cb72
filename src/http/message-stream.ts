import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Message } from '../domain/message.ts';
import type { Db } from '../storage/database.ts';
import { listMessages } from '../storage/message-store.ts';
import { getRun, isFinished } from '../storage/run-store.ts';
import { createNudge } from './nudge.ts';

export interface MessageStream {
  readonly db: Db;
  subscribe(runId: string, listener: () => void): () => void;
  readonly runId: string;
  /** Id of the last message that the reader has. */
  readonly after: number;
  /** Aborted when the reader has gone or the server closes. */
  readonly signal: AbortSignal;
}

const batchSize = 500;
/**
 * Milliseconds between looks at the record without a nudge, for nudges that got lost, and between
 * signs of life: Heroku's router cuts a connection that is silent for 55 s.
 */
const heartbeat = 10_000;

/**
 * Writes a run's messages as server-sent events until the run is finished and all is written. The
 * record is read again at each nudge, so order and completeness do not depend on nudges. A slow
 * reader holds one batch in memory at most.
 */
export async function streamMessages(out: ServerResponse, stream: MessageStream): Promise<void> {
  const { db, runId, signal } = stream;
  const nudge = createNudge();
  const unsubscribe = stream.subscribe(runId, nudge.ring);
  signal.addEventListener('abort', nudge.ring);
  let last = stream.after;
  try {
    while (!signal.aborted) {
      // Asked before the messages: what the finishing commit appended is then in what follows.
      const run = await getRun(db, runId);
      for (;;) {
        const batch = await listMessages(db, runId, last, batchSize);
        for (const message of batch) {
          await write(out, formatMessage(message), signal);
          last = message.id;
        }
        if (batch.length < batchSize || signal.aborted) break;
      }
      if (isFinished(run)) {
        await write(out, `event: end\ndata: ${JSON.stringify({ state: run.state })}\n\n`, signal);
        return;
      }
      if (!(await nudge.wait(heartbeat))) await write(out, ': still here\n\n', signal);
    }
  } finally {
    unsubscribe();
    signal.removeEventListener('abort', nudge.ring);
  }
}

const formatMessage = (message: Message): string =>
  `id: ${message.id}\ndata: ${JSON.stringify(message)}\n\n`;

/** Waits while the reader's buffers are full. */
async function write(out: ServerResponse, text: string, signal: AbortSignal): Promise<void> {
  if (signal.aborted || out.write(text)) return;
  try {
    await once(out, 'drain', { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
