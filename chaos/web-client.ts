import { limitTime } from '../src/domain/time-limit.ts';
import { patiently } from './patience.ts';

/** Who submits and answers, over HTTP and with the patience that a killed web server asks for. */
export interface WebClient {
  /** @returns the run's id */
  submit(request: object, key: string): Promise<string>;
  openQuestions(): Promise<readonly { id: string; runId: string; taskId: string }[]>;
  answer(id: string, action: 'retry' | 'skip'): Promise<void>;
  /** Done work over known work, 0 to 1. */
  progress(runId: string): Promise<number>;
  /** @returns false when the run is in no state for it, be it that the same was done before */
  control(runId: string, action: 'pause' | 'resume' | 'abort'): Promise<boolean>;
}

export function webClient(url: string, signal: AbortSignal): WebClient {
  async function ask(path: string, body?: object): Promise<Response> {
    return patiently(
      async () => {
        const response = await fetch(`${url}${path}`, {
          ...(body === undefined
            ? {}
            : {
                method: 'POST',
                headers: { 'content-type': 'application/json' },
                body: JSON.stringify(body),
              }),
          signal: limitTime(20_000, signal),
        });
        // Read here, where a connection that breaks in the middle is tried again.
        const text = await response.text();
        if (response.status >= 500) throw new Error(`${path}: ${response.status} ${text}`);
        return new Response(text, { status: response.status });
      },
      { signal },
    );
  }
  async function read<T>(response: Response): Promise<T> {
    if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
    return (await response.json()) as T;
  }
  return {
    async submit(request, idempotencyKey) {
      const answered = await ask('/v1/runs', { ...request, idempotencyKey });
      return (await read<{ id: string }>(answered)).id;
    },
    async openQuestions() {
      type Answer = { escalations: { id: string; runId: string; taskId: string }[] };
      return (await read<Answer>(await ask('/v1/escalations'))).escalations;
    },
    async answer(id, action) {
      const response = await ask(`/v1/escalations/${id}/${action}`, {});
      // Our own answer, whose confirmation was lost with the server, stands.
      if (response.status !== 409) await read(response);
    },
    async progress(runId) {
      return (await read<{ progress: number }>(await ask(`/v1/runs/${runId}`))).progress;
    },
    async control(runId, action) {
      const response = await ask(`/v1/runs/${runId}/${action}`, {});
      if (response.status === 409) return false;
      await read(response);
      return true;
    },
  };
}
