import { z } from 'zod';
import { AuroraError, errorMessage } from '../../domain/errors.ts';
import { toUnit, type Embedder, type VectorSpace } from './embedder.ts';

/** How one kind of endpoint is spoken to. */
export interface EmbeddingProtocol {
  /** `openai`, `ollama`: part of the space's name. */
  readonly kind: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  body(model: string, texts: readonly string[]): object;
  /** The vectors of an answer, in the order of the texts. */
  readonly answer: z.ZodType<readonly (readonly number[])[]>;
}

export interface RemoteEmbedderOptions {
  readonly model: string;
  /** Milliseconds that one request may take. Default 10,000. */
  readonly timeout?: number;
}

/** Texts of one request: endpoints refuse a few thousand, and small requests fail alone. */
const batch = 64;
/** Status codes that say that the text is at fault, not the endpoint. */
const refusals = new Set([400, 413, 422]);

/**
 * An embedder behind HTTP. What it answers is checked (as many vectors as texts, all of one dimension,
 * finite numbers) and brought to length 1; its dimension is learnt from the first answer, and one that
 * changes later is an error, since a silently mixed space finds anything.
 */
export function createRemoteEmbedder(
  protocol: EmbeddingProtocol,
  { model, timeout = 10_000 }: RemoteEmbedderOptions,
): Embedder {
  let known: VectorSpace | undefined;
  const failed = (what: string, cause?: unknown) =>
    new AuroraError('embedder-failed', `The embedder ${protocol.kind}:${model} ${what}.`, {
      cause,
    });

  async function request(texts: readonly string[]): Promise<unknown> {
    try {
      const response = await fetch(protocol.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...protocol.headers },
        body: JSON.stringify(protocol.body(model, texts)),
        signal: AbortSignal.timeout(timeout),
      });
      if (!response.ok) {
        await response.body?.cancel();
        if (refusals.has(response.status)) {
          throw new AuroraError(
            'embedder-refused',
            `The embedder ${protocol.kind}:${model} refused a text (HTTP ${response.status}).`,
          );
        }
        throw failed(`answered HTTP ${response.status}`);
      }
      return await response.json();
    } catch (error) {
      if (error instanceof AuroraError) throw error;
      const isLate = error instanceof Error && error.name === 'TimeoutError';
      if (isLate) throw failed(`did not answer within ${timeout} ms`, error);
      const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
      throw failed(`could not be asked: ${errorMessage(cause)}`, error);
    }
  }

  async function ask(texts: readonly string[]): Promise<Float32Array[]> {
    const parsed = protocol.answer.safeParse(await request(texts));
    if (!parsed.success) throw failed(`answered something else: ${z.prettifyError(parsed.error)}`);
    if (parsed.data.length !== texts.length) {
      throw failed(`answered ${parsed.data.length} vectors for ${texts.length} texts`);
    }
    return parsed.data.map((numbers) => {
      const dimensions = known?.dimensions ?? numbers.length;
      if (numbers.length !== dimensions) {
        throw failed(`answered a vector of ${numbers.length} dimensions instead of ${dimensions}`);
      }
      known ??= { name: spaceName(protocol.kind, model, dimensions), dimensions };
      return toUnit(Float32Array.from(numbers));
    });
  }

  return {
    async space() {
      if (known === undefined) await ask(['dimension']);
      return known as VectorSpace;
    },
    async embed(texts) {
      const vectors: Float32Array[] = [];
      for (let i = 0; i < texts.length; i += batch) {
        vectors.push(...(await ask(texts.slice(i, i + batch))));
      }
      return vectors;
    },
  };
}

const spaceName = (kind: string, model: string, dimensions: number) =>
  `${kind}-${model}-${dimensions}`.toLowerCase().replace(/[^a-z0-9]+/g, '-');

/** A vector as it may be: numbers that can be reckoned with, at least one of them not 0. */
export const vectorSchema = z
  .array(z.number())
  .min(1)
  .refine((numbers) => numbers.some((number) => number !== 0), 'a vector of zeros says nothing');
