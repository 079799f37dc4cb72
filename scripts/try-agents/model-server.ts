import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { send } from './protocol.ts';
import { anthropic } from './protocols/anthropic.ts';
import { gemini } from './protocols/gemini.ts';
import { openaiChat } from './protocols/openai-chat.ts';
import { openaiResponses } from './protocols/openai-responses.ts';
import { answerTo } from './scripted-model.ts';

/** What models do: their work, nothing at all, or an error of this HTTP status. */
export type Mood = 'works' | 'hangs' | 401 | 429 | 500;

export interface ModelServer {
  /** Without a path. */
  readonly url: string;
  mood: Mood;
  readonly close: () => void;
}

const protocols = [anthropic, openaiResponses, openaiChat, gemini];
const words = {
  401: 'Incorrect API key provided.',
  429: 'Rate limit reached, please try again in 30s.',
  500: 'The server had an error.',
};

/** A server on loopback that speaks what the programs' providers speak. */
export async function startModelServer(): Promise<ModelServer> {
  const http = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const [path = ''] = (request.url ?? '').split('?');
      const protocol = protocols.find((each) => each.path.test(path));
      if (protocol === undefined || request.method !== 'POST') return send(response, 404, {});
      const { mood } = server;
      if (mood === 'hangs') return;
      if (mood !== 'works') return send(response, mood, protocol.refusal(mood, words[mood]));
      const text = Buffer.concat(chunks).toString();
      const [, file = ''] = /Write (\S+\.txt)/.exec(text) ?? [];
      const question = protocol.read(JSON.parse(text) as never, path);
      protocol.write(response, answerTo(question, file), question);
    });
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const server: ModelServer = {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    mood: 'works',
    close() {
      http.closeAllConnections();
      http.close();
    },
  };
  return server;
}
