import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { AuroraError, errorMessage } from '../domain/errors.ts';
import { parseRetryAfter } from '../domain/retry-after.ts';
import { limitTime } from '../domain/time-limit.ts';

export interface ForgeConnection {
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

/** A forge that wants to be left alone for so many milliseconds, if it said. */
class ForgeBusy extends Error {
  readonly wait: number | undefined;

  constructor(wait: number | undefined) {
    super('The forge is busy.');
    this.wait = wait;
  }
}

/** Milliseconds for which a forge that failed like this wants to be left alone; 0 when it did not say. */
export function forgeWait(error: unknown): number {
  const cause = error instanceof AuroraError ? error.cause : undefined;
  return cause instanceof ForgeBusy ? (cause.wait ?? 0) : 0;
}

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

/**
 * Asks a forge, and waits where it is told to.
 *
 * @throws AuroraError `forge-denied`, `forge-refused`, `forge-unavailable`
 */
export async function ask(
  options: ForgeConnection,
  method: string,
  path: string,
  asked: {
    readonly body?: unknown;
    readonly headers?: Readonly<Record<string, string>>;
    readonly passes?: readonly number[];
  },
): Promise<Response> {
  const { name, api, headers, tries = 4, pause = 1_000, signal } = options;
  for (let left = tries - 1, wait = pause; ; left--, wait *= 2) {
    const answer = await send(options, method, path, asked);
    const isAnswer = answer instanceof Response;
    const isWanted = (status: number) => status === 304 || asked.passes?.includes(status);
    if (isAnswer && (answer.ok || (isWanted(answer.status) && !isPassing(answer)))) {
      return answer;
    }
    const told = isAnswer ? toldToWait(answer) : undefined;
    const delay = told ?? wait;
    if ((isAnswer && !isPassing(answer)) || left <= 0 || delay > longestWait) {
      throw await refused(name, api, answer, headers, told);
    }
    await sleep(delay, undefined, { signal });
  }
}

/** Milliseconds: how long a forge wants to be left alone. */
function toldToWait({ headers }: Response): number | undefined {
  const after = parseRetryAfter(headers.get('retry-after'), Date.now());
  const reset = Number(headers.get('x-ratelimit-reset') ?? headers.get('ratelimit-reset'));
  if (after !== undefined || !isUsedUp(headers) || !(reset > 0)) return after;
  return Math.max(0, reset * 1_000 - Date.now());
}

const isUsedUp = (headers: Headers) =>
  (headers.get('x-ratelimit-remaining') ?? headers.get('ratelimit-remaining')) === '0';

/** Ends a request that takes too long, or that nobody waits for any more. */
export const withTimeout = (signal: AbortSignal | undefined) => limitTime(timeout, signal);

async function send(
  { api, headers, signal }: ForgeConnection,
  method: string,
  path: string,
  asked: { readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> },
): Promise<Response | Error> {
  try {
    return await fetch(`${api.replace(/\/$/, '')}${path}`, {
      method,
      headers: {
        ...{ 'content-type': 'application/json', 'user-agent': 'aurora' },
        ...headers,
        ...asked.headers,
      },
      ...(asked.body === undefined ? {} : { body: JSON.stringify(asked.body) }),
      // A redirect to another host must not get the token.
      redirect: 'manual',
      signal: withTimeout(signal),
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
  (answer.status === 403 && (answer.headers.has('retry-after') || isUsedUp(answer.headers)));

async function refused(
  name: string,
  api: string,
  answer: Response | Error,
  headers: Readonly<Record<string, string>>,
  wait: number | undefined,
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
  if (isPassing(answer)) {
    return new AuroraError('forge-unavailable', `${words}. Try again later.`, {
      cause: new ForgeBusy(wait),
    });
  }
  if (answer.status >= 300 && answer.status < 400) {
    return new AuroraError('forge-unavailable', `${words}, a redirect, which is not followed.`);
  }
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
