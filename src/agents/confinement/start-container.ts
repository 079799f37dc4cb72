import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { limitTime } from '../../domain/time-limit.ts';
import {
  type ProcessGroupOptions,
  type ProcessOutcome,
  runProcessGroup,
} from '../process-group.ts';
import { askClient, type ContainerClient, patience } from './container-client.ts';

/** Milliseconds in which the client sees that its container has ended, and ends by itself. */
const lastWait = 2_000;

/**
 * Starts a container and speaks with its program until that has ended. The daemon stops it, not a signal to
 * the client: Docker's version 28 then ends at once, with exit code 0 and without the program's last words.
 *
 * @param options.env of the client
 */
export async function startContainer(
  client: ContainerClient,
  name: string,
  options: Omit<ProcessGroupOptions, 'argv' | 'attempt' | 'maxMemory'>,
): Promise<ProcessOutcome> {
  const { signal, gracePeriod = 5_000, converse } = options;
  const giveUp = new AbortController();
  const seconds = Math.ceil(gracePeriod / 1_000);
  const stop = () => {
    const limit = limitTime(gracePeriod + patience, giveUp.signal);
    return askClient(client, ['stop', '-t', String(seconds), name], limit);
  };
  let conversation: Promise<void> | undefined;
  let isStopped = false;
  const onAbort = async () => {
    isStopped = true;
    if (conversation !== undefined) {
      await Promise.race([conversation, sleep(gracePeriod, undefined, { ref: false })]);
    }
    // Where the daemon does not answer, the clients may wait for ever.
    setTimeout(() => giveUp.abort(), seconds * 1_000 + lastWait).unref();
    await stop();
    setTimeout(() => giveUp.abort(), lastWait).unref();
  };
  const abort = () => void onAbort();
  if (signal?.aborted) return { kind: 'aborted', reason: signal.reason, outputTail: '' };
  signal?.addEventListener('abort', abort, { once: true });
  const outcome = await runProcessGroup({
    ...options,
    argv: [client.program, 'start', '--attach', '--interactive', name],
    signal: giveUp.signal,
    // The program has had its time by then.
    gracePeriod: lastWait,
    converse:
      converse &&
      ((line) => {
        conversation = converse(line);
        return conversation.finally(async () => {
          await stop();
          const { stdout } = line;
          const seen = stdout.closed ? undefined : once(stdout.resume(), 'close');
          await Promise.race([seen, sleep(lastWait, undefined, { ref: false })]);
        });
      }),
  });
  signal?.removeEventListener('abort', abort);
  return isStopped
    ? { kind: 'aborted', reason: signal?.reason, outputTail: outcome.outputTail }
    : outcome;
}
