import { AuroraError, errorMessage } from '../domain/errors.ts';
import { resolveModel, type ModelSettings } from './model-access.ts';

/** Milliseconds. */
const patience = 5_000;

/**
 * Asks a model's provider for its list of models, which costs nothing: is it there, and does it take
 * the key?
 *
 * @returns undefined when it can be used, else why not, in a sentence
 */
export async function whyUnreachable(
  reference: string,
  settings: ModelSettings,
): Promise<string | undefined> {
  try {
    const access = resolveModel(reference, settings);
    const { kind, baseUrl, apiKey, fetch } = access;
    if (kind.authorise === undefined) {
      // How it is asked is its package's matter; that there is one is all that can be seen.
      await kind.open(access, access.model);
      return undefined;
    }
    const headers = apiKey === undefined ? {} : kind.authorise(apiKey);
    const answer = await statusOf(fetch(`${baseUrl}/models`, signalled(headers)));
    if (typeof answer === 'string') return `${reference}: ${baseUrl} does not answer (${answer})`;
    if (answer === 401 || answer === 403) return `${reference}: its key is refused (${answer})`;
    return answer >= 500 ? `${reference}: ${baseUrl} answers ${answer}` : undefined;
  } catch (error) {
    if (error instanceof AuroraError) return error.message;
    throw error;
  }
}

const signalled = (headers: Record<string, string>) => ({
  headers,
  signal: AbortSignal.timeout(patience),
});

/** The status, or why there is none. */
async function statusOf(asked: Promise<Response>): Promise<number | string> {
  try {
    const response = await asked;
    await response.body?.cancel();
    return response.status;
  } catch (error) {
    const reason = error instanceof Error && error.cause !== undefined ? error.cause : error;
    return errorMessage(reason);
  }
}
