import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { AuroraError, errorMessage } from '../domain/errors.ts';
import { parseRetryAfter } from '../domain/retry-after.ts';

export interface ForgeClientOptions {
  /** For messages: "GitHub". */
  readonly name: string;
  /** Base URL of the API. */
  readonly api: string;
  readonly headers: Readonly<Record<string, string>>;
  /** How often a request is tried in all. Default 4. */
  readonly tries?: number;
  /** Milliseconds to wait the first time when the forge does not say how long; then twice as long. */
  readonly pause?: number;
  /** Gives up waiting. */
  readonly signal?: AbortSignal | undefined;
}

export type ForgeClient = <Schema extends z.ZodType>(
  method: 'GET' | 'POST' | 'PATCH' | 'PUT',
  path: string,
  schema: Schema,
  body?: unknown,
) => Promise<z.infer<Schema>>;

/** Milliseconds that one request may take. */
const timeout = 30_000;
/** Milliseconds; longer waits are left to whoever asked. */
const longestWait = 60_000;

/** What forges say when they refuse: GitHub and GitLab each in their own way. */
const refusal = z.object({
  message: z.unknown().optional(),
  error: z.unknown().optional(),
  errors: z.unknown().optional(),
});

/** Speaks JSON with a forge: waits where it is told to, checks what comes, and says what is wrong. */
export function forgeClient(options: ForgeClientOptions): ForgeClient {
  const { name, api, headers, tries = 4, pause = 1_000, signal } = options;
  return async (method, path, schema, body) => {
    for (let left = tries - 1, wait = pause; ; left--, wait *= 2) {
      const answer = await send(options, method, path, body);
      if (answer instanceof Response && answer.ok) return parse(name, schema, answer);
      const passes = !(answer instanceof Response) || isPassing(answer);
      const delay =
        (answer instanceof Response
          ? parseRetryAfter(answer.headers.get('retry-after'), Date.now())
          : undefined) ?? wait;
      if (!passes || left <= 0 || delay > longestWait) {
        throw await refused(name, api, answer, headers);
      }
      await sleep(delay, undefined, { signal });
    }
  };
}

async function send(
  { api, headers, signal }: ForgeClientOptions,
  method: string,
  path: string,
  body: unknown,
): Promise<Response | Error> {
  try {
    return await fetch(`${api.replace(/\/$/, '')}${path}`, {
      method,
      headers: { 'content-type': 'application/json', 'user-agent': 'aurora', ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      // A redirect to another host must not get the token.
      redirect: 'error',
      signal: AbortSignal.any([AbortSignal.timeout(timeout), ...(signal ? [signal] : [])]),
    });
  } catch (error) {
    signal?.throwIfAborted();
    return error as Error;
  }
}

/** GitHub also answers 403 when too much was asked. */
const isPassing = (answer: Response) =>
  answer.status === 429 ||
  answer.status >= 500 ||
  (answer.status === 403 && answer.headers.has('retry-after'));

async function parse<Schema extends z.ZodType>(
  name: string,
  schema: Schema,
  answer: Response,
): Promise<z.infer<Schema>> {
  const parsed = schema.safeParse(await answer.json().catch(() => undefined));
  if (parsed.success) return parsed.data;
  const why = z.prettifyError(parsed.error);
  throw new AuroraError('forge-unavailable', `${name} answered what Aurora does not know: ${why}`);
}

async function refused(
  name: string,
  api: string,
  answer: Response | Error,
  headers: Readonly<Record<string, string>>,
): Promise<AuroraError> {
  if (!(answer instanceof Response)) {
    const why = errorMessage(answer.cause ?? answer);
    return new AuroraError('forge-unavailable', `${name} at ${api} cannot be reached: ${why}.`, {
      cause: answer,
    });
  }
  const { status } = answer;
  const said = describe(await answer.text());
  const words = `${name} answered ${status}${said === '' ? '' : `: ${said}`}`;
  if (isPassing(answer)) return new AuroraError('forge-unavailable', `${words}. Try again later.`);
  if ([401, 403, 404].includes(status)) {
    const hasToken = Object.keys(headers).some((each) => /authorization|token/i.test(each));
    const way = hasToken
      ? 'The token may be old, or may not be allowed to open pull requests there'
      : 'No token was found';
    return new AuroraError('forge-denied', `${words}. ${way}.`);
  }
  return new AuroraError('forge-refused', `${words}.`);
}

function describe(text: string): string {
  try {
    const { message, error, errors } = refusal.parse(JSON.parse(text));
    const parts = [message, error, errors].filter((part) => part !== undefined);
    return parts
      .map((part) => (typeof part === 'string' ? part : JSON.stringify(part)))
      .join('; ')
      .slice(0, 1_000);
  } catch {
    // Not JSON: a proxy's page, which says nothing to anybody.
    return '';
  }
}
