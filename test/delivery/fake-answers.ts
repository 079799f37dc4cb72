import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Trouble } from './fake-forge.ts';

/** What a fake forge has to say beside pull requests themselves, by the path at which it does. */
export interface FakeAnswers {
  /** Lists in pages; GitHub wraps some of them in an object. */
  readonly lists: Record<
    string,
    readonly unknown[] | { readonly [name: string]: readonly unknown[] }
  >;
  readonly objects: Record<string, unknown>;
  /** Logs: GitHub redirects to where one needs no token, and must not send one. */
  readonly texts: Record<string, string>;
  /** First comments of GitHub's resolved threads. */
  readonly resolved: number[];
  /** Most entries of a page. */
  pageSize: number;
}

/** @returns undefined when it is about something else */
export function answerFrom(
  answers: FakeAnswers,
  request: IncomingMessage,
  url: URL,
): Trouble | undefined {
  const { lists, objects, texts, resolved } = answers;
  const path = url.pathname;
  if (path.startsWith('/signed/')) {
    return request.headers.authorization === undefined
      ? { status: 200, text: texts[path.slice('/signed'.length)] ?? '' }
      : { status: 400 };
  }
  if (texts[path] !== undefined) {
    const location = `http://${request.headers.host}/signed${path}`;
    return path.startsWith('/repos/')
      ? { status: 302, headers: { location } }
      : { status: 200, text: texts[path] };
  }
  if (path === '/graphql') return { status: 200, body: threads(resolved) };
  if (objects[path] !== undefined) return { status: 200, body: objects[path] };
  const list = lists[path];
  return list === undefined ? undefined : pageOf(list, request, url, answers.pageSize);
}

function pageOf(
  list: FakeAnswers['lists'][string],
  request: IncomingMessage,
  url: URL,
  maxSize: number,
): Trouble {
  const size = Math.min(Number(url.searchParams.get('per_page') ?? 30), maxSize);
  const page = Number(url.searchParams.get('page') ?? 1);
  const [name, items] = Array.isArray(list)
    ? [undefined, list]
    : (Object.entries(list)[0] as never);
  const shown = (items as unknown[]).slice((page - 1) * size, page * size);
  const body =
    name === undefined ? shown : { total_count: (items as unknown[]).length, [name]: shown };
  const etag = `W/"${createHash('sha1').update(JSON.stringify(body)).digest('hex')}"`;
  if (request.headers['if-none-match'] === etag) return { status: 304, headers: { etag } };
  const isLast = page * size >= (items as unknown[]).length;
  const link = `<http://elsewhere.test${url.pathname}?page=${page + 1}>; rel="next", <x>; rel="last"`;
  return { status: 200, headers: { etag, ...(isLast ? {} : { link }) }, body };
}

const threads = (resolved: readonly number[]) => ({
  data: {
    repository: {
      pullRequest: {
        reviewThreads: {
          nodes: resolved.map((id) => ({
            isResolved: true,
            comments: { nodes: [{ fullDatabaseId: String(id) }] },
          })),
          pageInfo: { hasNextPage: false, endCursor: null },
        },
      },
    },
  },
});
