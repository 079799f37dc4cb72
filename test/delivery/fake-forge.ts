import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { answerFrom, type FakeAnswers } from './fake-answers.ts';

interface Pull {
  readonly number: number;
  readonly from: string;
  readonly into: string;
  title: string;
  body: string;
}

/** What the server shall answer instead of doing what it is asked. */
export interface Trouble {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
  /** Instead of JSON. */
  readonly text?: string | undefined;
  /** Does what it is asked, and answers this all the same. */
  readonly isDone?: boolean;
}

/**
 * A server with the part of GitHub's and GitLab's APIs that pull requests and what is said of them need, each as its
 * documentation describes it: paths, fields, codes, and which header carries the token.
 */
export async function fakeForge() {
  const pulls: Pull[] = [];
  const troubles: Trouble[] = [];
  const requests: string[] = [];
  /** Method, path and status of each. */
  const asked: string[] = [];
  const answers: FakeAnswers = { lists: {}, objects: {}, texts: {}, resolved: [], pageSize: 100 };
  const kinds = {
    github: {
      path: /^\/repos\/acme\/notes\/pulls(?:\/(\d+))?$/,
      token: (headers: IncomingMessage['headers']) => headers.authorization === 'Bearer secret',
      query: (params: URLSearchParams) => ({
        from: params.get('head')?.replace('acme:', ''),
        into: params.get('base'),
      }),
      read: ({ title, body, head: from, base: into }: Record<string, string>) => ({
        ...{ title, body, from, into },
      }),
      show: ({ number }: Pull) => ({ number, html_url: `https://forge.test/pull/${number}` }),
      twice: { status: 422, body: { message: 'Validation Failed', errors: ['already exists'] } },
    },
    gitlab: {
      path: /^\/projects\/acme%2Fnotes\/merge_requests(?:\/(\d+))?$/,
      token: (headers: IncomingMessage['headers']) => headers['private-token'] === 'secret',
      query: (params: URLSearchParams) => ({
        from: params.get('source_branch'),
        into: params.get('target_branch'),
      }),
      read: (given: Record<string, string>) => ({
        ...{ title: given['title'], body: given['description'] },
        ...{ from: given['source_branch'], into: given['target_branch'] },
      }),
      show: ({ number }: Pull) => ({ iid: number, web_url: `https://forge.test/merge/${number}` }),
      twice: { status: 409, body: { message: ['Another open merge request already exists'] } },
    },
  };

  const answerTo = async (request: IncomingMessage): Promise<Trouble> => {
    const url = new URL(request.url as string, 'http://forge.test');
    const said = answerFrom(answers, request, url);
    if (said !== undefined) return said;
    const kind = Object.values(kinds).find(({ path }) => path.test(url.pathname));
    if (kind === undefined) return { status: 404, body: { message: 'Not Found' } };
    if (!kind.token(request.headers)) return { status: 401, body: { message: 'Bad credentials' } };
    const number = Number(kind.path.exec(url.pathname)?.[1]);
    if (request.method === 'GET') {
      const { from, into } = kind.query(url.searchParams);
      const found = pulls.filter((pull) => pull.from === from && pull.into === into);
      return { status: 200, body: found.map((pull) => kind.show(pull)) };
    }
    const given = kind.read((await json(request)) as Record<string, string>);
    if (request.method === 'POST') {
      const { from, into } = given;
      if (pulls.some((pull) => pull.from === from && pull.into === into)) return kind.twice;
      const pull = { number: pulls.length + 1, ...given } as Pull;
      pulls.push(pull);
      return { status: 201, body: kind.show(pull) };
    }
    const pull = pulls.find((each) => each.number === number) as Pull;
    Object.assign(pull, { title: given.title, body: given.body });
    return { status: 200, body: kind.show(pull) };
  };
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    requests.push(request.method as string);
    const trouble = troubles.shift();
    const isDone = trouble === undefined || trouble.isDone === true;
    const usual = isDone ? await answerTo(request) : { status: 500 };
    const { status, headers = {}, body, text } = trouble ?? usual;
    asked.push(`${request.method} ${request.url?.replace(/[?].*/, '')} ${status}`);
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(status === 304 ? undefined : (text ?? JSON.stringify(body ?? {})));
  };
  const server = createServer((request, response) => void serve(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as { port: number };
  return { api: `http://127.0.0.1:${port}`, pulls, troubles, requests, asked, answers };
}
