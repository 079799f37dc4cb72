import { PassThrough, type Readable } from 'node:stream';
import { createLineSplitter } from '../output-lines.ts';

/**
 * The messages among what a program prints: between them it writes log lines, which people see and
 * the protocol does not. To be called before anything is waited for: what a program that has ended
 * had printed until then is gone, and its end with it.
 *
 * @param show takes the log lines, and an empty text for each message
 */
export function messagesOf(stdout: Readable, show: (text: string) => void): Readable {
  const messages = new PassThrough();
  const lines = createLineSplitter((line) => {
    if (line.startsWith('{')) {
      messages.write(`${line}\n`);
      show('');
    } else if (line !== '') show(`${line}\n`);
  });
  stdout.on('data', lines.write);
  stdout.once('close', () => {
    lines.end();
    messages.end();
  });
  return messages;
}
