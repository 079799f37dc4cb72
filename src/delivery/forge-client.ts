import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import { AuroraError, errorMessage } from '../domain/errors.ts';
import { ask, withTimeout, type ForgeConnection } from './ask-forge.ts';

/** What a forge answered when it was asked before; it says `not modified` when nothing has changed since. */
export type KnownAnswers = LRUCache<string, { readonly etag: string; readonly page: Page }>;

/** Characters of JSON that are remembered for later. */
const maxKnown = 20_000_000;

export const knownAnswers = (): KnownAnswers =>
  new LRUCache({ maxSize: maxKnown, sizeCalculation: ({ page }) => page.size });

interface Page {
  readonly items: unknown;
  readonly hasNext: boolean;
  /** Characters. */
  readonly size: number;
}

export interface ForgeClientOptions extends ForgeConnection {
  /** What was answered before, to ask only for what has changed; nothing is kept without it. */
  readonly known?: KnownAnswers | undefined;
}

export interface ForgeClient {
  /** @throws AuroraError `forge-denied`, `forge-refused`, `forge-unavailable`, as the others */
  request<Schema extends z.ZodType>(
    method: 'GET' | 'POST' | 'PATCH' | 'PUT',
    path: string,
    schema: Schema,
    body?: unknown,
  ): Promise<z.infer<Schema>>;
  /** All pages of a list, asked for again only where they have changed. */
  pages<Schema extends z.ZodType>(path: string, schema: Schema): Promise<z.infer<Schema>[]>;
  /** The end of a log, at most `size` characters, or why it cannot be read; null when there is none, or not for us. */
  tail(path: string, size: number): Promise<string | null>;
}

/** Most entries of a page, for GitHub and GitLab alike, and most pages of a list. */
const pageSize = 100;
const maxPages = 50;
/** Bytes of a log after which the rest is left. */
const maxLog = 50_000_000;

/** Speaks JSON with a forge: waits where it is told to, checks what comes, and says what is wrong. */
export function forgeClient(options: ForgeClientOptions): ForgeClient {
  const { name, api, known } = options;
  const readPage = async (path: string): Promise<Page> => {
    const key = `${api} ${path}`;
    const before = known?.get(key);
    const headers = before === undefined ? {} : { 'if-none-match': before.etag };
    const answer = await ask(options, 'GET', path, { headers });
    if (answer.status === 304 && before !== undefined) return before.page;
    const hasNext = /<[^>]*>;[^,]*\brel="?next\b/.test(answer.headers.get('link') ?? '');
    const text = await answer.text();
    const page = { items: fromJson(text), hasNext, size: text.length + 1 };
    const etag = answer.headers.get('etag');
    if (etag !== null) known?.set(key, { etag, page });
    return page;
  };
  return {
    async request(method, path, schema, body) {
      if (method === 'GET') return parse(name, schema, (await readPage(path)).items);
      const answer = await ask(options, method, path, { body });
      return parse(name, schema, await answer.json().catch(() => undefined));
    },
    async pages(path, schema) {
      const all: z.infer<typeof schema>[] = [];
      for (let number = 1, more = true; more && number <= maxPages; number++) {
        const separator = path.includes('?') ? '&' : '?';
        // Our own address and not that of the link: the token goes to the API alone.
        const { items, hasNext } = await readPage(
          `${path}${separator}per_page=${pageSize}&page=${number}`,
        );
        all.push(parse(name, schema, items));
        more = hasNext;
      }
      return all;
    },
    async tail(path, size) {
      try {
        return await readLog(options, path, size);
      } catch (error) {
        options.signal?.throwIfAborted();
        // What else is said is worth a task without it.
        return `The log could not be read: ${errorMessage(error)}`;
      }
    },
  };
}

async function readLog(
  options: ForgeClientOptions,
  path: string,
  size: number,
): Promise<string | null> {
  const answer = await ask(options, 'GET', path, { passes: [302, 307, 403, 404, 410] });
  const place = answer.headers.get('location');
  if (answer.ok) return readTail(answer, size);
  if (place === null || !URL.canParse(place)) return null;
  // The address is good for this log alone, and lies with others: without our token.
  const log = await fetch(place, { signal: withTimeout(options.signal), redirect: 'error' });
  return log.ok ? readTail(log, size) : null;
}

async function readTail({ body }: Response, size: number): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += chunk.length;
    text = (text + decoder.decode(chunk, { stream: true })).slice(-size);
    if (bytes > maxLog) break;
  }
  return text;
}

/** Undefined when it is none: a proxy's page, for instance. */
function fromJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function parse<Schema extends z.ZodType>(
  name: string,
  schema: Schema,
  answer: unknown,
): z.infer<Schema> {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  const why = z.prettifyError(parsed.error);
  throw new AuroraError('forge-unavailable', `${name} answered what Aurora does not know: ${why}`);
}
